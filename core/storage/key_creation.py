"""What must hold before an API key is created."""

from core.domain import check_collection_name
from core.errors import InvalidInput
from core.storage.api_keys import Key, Keys, Role
from core.storage.backends import StorageBackend
from core.storage.collections import Collections

_MAX_NAMES = 20


def create_key(
    files: StorageBackend,
    name: str,
    role: Role,
    collections: tuple[str, ...] = (),
    origins: tuple[str, ...] = (),
) -> tuple[Key, str]:
    """Create a key and return it with its text, which cannot be retrieved later.

    Raises:
        InvalidInput: the name or an origin is invalid, a collection does not exist, only storefront
            keys have origins, or the first key would lock everybody out.
    """
    keys = Keys(files)
    if not keys.exist() and (role is not Role.ADMIN or collections):
        raise InvalidInput(
            "the first key must be an admin key for all collections, because once a key exists, "
            "every request needs a key; run `lookalike keys create me --role admin` first"
        )
    if origins and role is not Role.SEARCH:
        raise InvalidInput(
            f"origins: pages of web sites may only use keys with the role `search`, not `{role}`; "
            "leave out the origins, or create a key with the role `search`"
        )
    _check_exist(collections, Collections(files).names())
    return keys.create(name, role, collections, origins)


def _check_exist(names: tuple[str, ...], existing: list[str]) -> None:
    missing = [name for name in map(check_collection_name, names) if name not in existing]
    if missing:
        listed = ", ".join(existing[:_MAX_NAMES]) or "none"
        raise InvalidInput(
            f"collections: {', '.join(missing)} does not exist (existing: {listed}); create the "
            "collection first"
        )
