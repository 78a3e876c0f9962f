"""API keys: who may do what. A file each; the secret itself is never kept, only its digest."""

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from core.domain import check_collection_name
from core.errors import InvalidInput, NotFound
from core.storage.files import Files

LOCAL_HOSTS = ("127.0.0.1", "localhost")
_FOLDER = "keys"
_ID = re.compile(r"[0-9a-f]{8}")
_TEXT = re.compile(r"lk_([0-9a-f]{8})_([0-9A-Za-z_-]{43})")


class Role(StrEnum):
    """What a key is for; each may do what those before it may."""

    READ = "read"
    """See everything, and search."""
    WRITE = "write"
    """Change what is in a collection: items, sales, trainings, jobs."""
    ADMIN = "admin"
    """Make, change and delete collections."""


_RANK = {role: rank for rank, role in enumerate(Role)}


class Key(BaseModel):
    """One key, as it is kept."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    role: Role
    collections: tuple[str, ...] = ()
    """Only these; none named: all."""
    digest: str
    created_at: datetime

    def may(self, need: Role) -> bool:
        """Whether its role is enough."""
        return _RANK[self.role] >= _RANK[need]

    def sees(self, collection: str) -> bool:
        """Whether it is for this collection."""
        return not self.collections or collection in self.collections


class Keys:
    """The keys of a store."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def create(self, name: str, role: Role, collections: tuple[str, ...] = ()) -> tuple[Key, str]:
        """Make a key; gives its text too, which nobody can ask for later.

        Raises:
            InvalidInput: a name that says nothing, or that is no collection's.
        """
        if not 1 <= len(name) <= 100 or not name.isprintable():
            raise InvalidInput("a key's name is 1 to 100 printable characters: say who uses it")
        secret = secrets.token_urlsafe(32)
        key = Key(
            id=secrets.token_hex(4),
            name=name,
            role=role,
            collections=tuple(check_collection_name(one) for one in collections),
            digest=_digest(secret),
            created_at=datetime.now(UTC),
        )
        while not self._files.create(_path(key.id), key.model_dump_json().encode()):
            key = key.model_copy(update={"id": secrets.token_hex(4)})  # another has that one
        return key, f"lk_{key.id}_{secret}"

    def all(self) -> list[Key]:
        """All keys, the oldest first."""
        names = [name for name in self._files.names(_FOLDER) if name.endswith(".json")]
        found = [self._files.find(f"{_FOLDER}/{name}") for name in names]
        keys = [Key.model_validate_json(data) for data in found if data]
        return sorted(keys, key=lambda key: (key.created_at, key.id))

    def any(self) -> bool:
        """Whether there are keys, without reading them."""
        return any(name.endswith(".json") for name in self._files.names(_FOLDER))

    def check_host(self, host: str) -> None:
        """Raises InvalidInput where others could reach the server and nobody needs a key."""
        if host not in LOCAL_HOSTS and not self.any():
            raise InvalidInput(
                f"LOOKALIKE_HOST={host}: without API keys the server listens on {LOCAL_HOSTS[0]} "
                "only; make one first (`lookalike keys create NAME --role admin`), or unset it"
            )

    def revoke(self, id: str) -> Key:
        """Take a key away.

        Raises:
            NotFound: there is none of this id.
        """
        key = self._find(id)
        if key is None:
            raise NotFound(f"there is no key {id!r}; `lookalike keys list` names them")
        self._files.delete(_path(id))
        return key

    def known(self, text: str) -> Key | None:
        """The key of this text, or None; takes as long whatever is wrong with the secret."""
        parts = _TEXT.fullmatch(text)
        key = self._find(parts[1]) if parts else None
        if parts is None or key is None:
            return None
        return key if hmac.compare_digest(key.digest, _digest(parts[2])) else None

    def _find(self, id: str) -> Key | None:
        data = self._files.find(_path(id)) if _ID.fullmatch(id) else None
        return Key.model_validate_json(data) if data else None


def _path(id: str) -> str:
    return f"{_FOLDER}/{id}.json"


def _digest(secret: str) -> str:
    """Enough for 256 random bits; a password would need a slow one."""
    return hashlib.sha256(secret.encode()).hexdigest()
