"""API keys and their roles; a stored key contains a digest of its secret, never the secret."""

import hashlib
import hmac
import logging
import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import ValidationError

from core.domain import check_collection_name, check_origin
from core.errors import InvalidInput, NotFound
from core.records import Record
from core.storage.backends import StorageBackend
from core.storage.key_uses import KeyUses

log = logging.getLogger(__name__)

LOCAL_HOSTS = ("127.0.0.1", "localhost")
_FOLDER = "keys"
_ID = re.compile(r"[0-9a-f]{8}")
_TEXT = re.compile(r"lk_([0-9a-f]{8})_([0-9A-Za-z_-]{43})")


class Role(StrEnum):
    """The permissions of a key; each role includes the permissions of the roles before it."""

    SEARCH = "search"
    """Do what a shop's page does in its visitors' browsers; such a key is no secret."""
    READ = "read"
    """Read everything, and search."""
    WRITE = "write"
    """Change the content of a collection: items, sales, training, jobs."""
    ADMIN = "admin"
    """Create, change and delete collections."""


_RANK = {role: rank for rank, role in enumerate(Role)}


class Key(Record):
    """An API key, as stored."""

    id: str
    name: str
    role: Role
    collections: tuple[str, ...] = ()
    """The collections that the key is restricted to; empty if there is no restriction."""
    origins: tuple[str, ...] = ()
    """The web sites whose pages may use the key, as `https://shop.example`."""
    digest: str
    created_at: datetime

    def has_role(self, required: Role) -> bool:
        """Return whether the key's role includes the required role."""
        return _RANK[self.role] >= _RANK[required]

    def covers(self, collection: str) -> bool:
        """Return whether the key may be used for this collection."""
        return not self.collections or collection in self.collections


class Keys:
    """The API keys of a store."""

    def __init__(self, files: StorageBackend) -> None:
        self._files = files
        self.uses = KeyUses(files)

    def create(
        self,
        name: str,
        role: Role,
        collections: tuple[str, ...] = (),
        origins: tuple[str, ...] = (),
    ) -> tuple[Key, str]:
        """Create a key and return it with its text, which cannot be retrieved later.

        Raises:
            InvalidInput: the key's name, an origin, or the name of a collection, is invalid.
        """
        if not 1 <= len(name) <= 100 or not name.isprintable():
            raise InvalidInput("the name of a key must have 1 to 100 printable characters")
        secret = secrets.token_urlsafe(32)
        key = Key(
            id=secrets.token_hex(4),
            name=name,
            role=role,
            collections=tuple(map(check_collection_name, collections)),
            origins=tuple(map(check_origin, origins)),
            digest=_digest(secret),
            created_at=datetime.now(UTC),
        )
        while not self._files.create(_path(key.id), key.model_dump_json().encode()):
            key = key.model_copy(update={"id": secrets.token_hex(4)})  # the id is taken
        return key, f"lk_{key.id}_{secret}"

    def all(self) -> list[Key]:
        """Return all keys, oldest first."""
        names = [name for name in self._files.list_names(_FOLDER) if name.endswith(".json")]
        rows = self._files.find_all([f"{_FOLDER}/{name}" for name in names])
        keys = [key for row in rows if row is not None and (key := _parse(row))]
        return sorted(keys, key=lambda key: (key.created_at, key.id))

    def exist(self) -> bool:
        """Return whether any key exists, without reading the keys."""
        return any(name.endswith(".json") for name in self._files.list_names(_FOLDER))

    def check_host(self, host: str) -> None:
        """Raise InvalidInput if other machines could reach the server without a key."""
        if host not in LOCAL_HOSTS and not self.exist():
            raise InvalidInput(
                f"LOOKALIKE_HOST={host}: without API keys, the server listens on {LOCAL_HOSTS[0]} "
                "only; create a key (`lookalike keys create NAME --role admin`), or unset this "
                "variable"
            )

    def revoke(self, id: str) -> Key:
        """Delete a key.

        Raises:
            NotFound: no key has this id.
        """
        if (key := self._find(id)) is None:
            raise NotFound(f"key {id!r} does not exist; `lookalike keys list` lists all keys")
        self._files.delete(_path(id))
        self.uses.forget(id)
        return key

    def authenticate(self, text: str) -> Key | None:
        """Return the key with this text, or None; the comparison takes constant time."""
        parts = _TEXT.fullmatch(text)
        key = self._find(parts[1]) if parts else None
        if parts is None or key is None:
            return None
        return key if hmac.compare_digest(key.digest, _digest(parts[2])) else None

    def _find(self, id: str) -> Key | None:
        data = self._files.find(_path(id)) if _ID.fullmatch(id) else None
        return _parse(data) if data is not None else None


def is_key_text(text: str) -> bool:
    """Return whether a text looks like a key; whether there is such a key is another matter."""
    return _TEXT.fullmatch(text) is not None


def _parse(data: bytes) -> Key | None:
    """Return a key; None if its file is damaged, so that only this key stops working."""
    try:
        return Key.model_validate_json(data)
    except ValidationError:
        log.warning("the file of an API key is damaged; create another key")
        return None


def _path(id: str) -> str:
    return f"{_FOLDER}/{id}.json"


def _digest(secret: str) -> str:
    """Return a secret's digest; a fast hash is enough, because a secret has 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
