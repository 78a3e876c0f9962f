"""Definitions of collections: what each is called, and which encoder its vectors are of."""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import uuid4

from pydantic import BaseModel, ConfigDict

from core.domain import EncoderIdentity, check_collection_name
from core.errors import Conflict, NotFound
from core.store.files import Files

_ROOT = "collections"


class CollectionState(StrEnum):
    """Whether a collection is in use or on its way out."""

    ACTIVE = "active"
    DELETING = "deleting"


class Collection(BaseModel):
    """A named set of items, all embedded by one encoder. `space` names its vectors in Milvus."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str = ""
    encoder: EncoderIdentity
    space: str
    state: CollectionState = CollectionState.ACTIVE
    created_at: datetime

    @property
    def folder(self) -> str:
        """Where all its files are."""
        return f"{_ROOT}/{self.name}"


class Collections:
    """The collections of a store. Callers hold the collection's lock while they change it."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def create(self, name: str, *, encoder: EncoderIdentity, description: str = "") -> Collection:
        """Define a collection.

        Raises:
            InvalidInput: a name that cannot be one.
            Conflict: it exists, or is being deleted.
        """
        path = _path(check_collection_name(name))
        if self._files.exists(path):
            state = self._read(name).state
            told = "exists already" if state is CollectionState.ACTIVE else "is being deleted"
            raise Conflict(f"collection {name!r} {told}")
        made = Collection(
            name=name,
            description=description,
            encoder=encoder,
            space=f"c_{uuid4().hex}",
            created_at=datetime.now(UTC),
        )
        return self._write(made)

    def get(self, name: str) -> Collection:
        """The definition of a collection in use.

        Raises:
            NotFound: there is none of that name, or it is being deleted.
        """
        found = self.find(name)
        if found is None or found.state is CollectionState.DELETING:
            raise NotFound(f"collection {name[:80]!r} does not exist")
        return found

    def find(self, name: str) -> Collection | None:
        """The definition in whatever state, or None."""
        try:
            return self._read(check_collection_name(name))
        except NotFound:
            return None

    def all(self) -> list[Collection]:
        """All definitions, by name."""
        found = (self.find(name) for name in self._files.names(_ROOT))
        return [collection for collection in found if collection]

    def change(self, name: str, *, description: str) -> Collection:
        """Give a collection another description."""
        return self._write(self.get(name).model_copy(update={"description": description}))

    def mark_deleting(self, name: str) -> Collection:
        """Take a collection out of use; from now on it can only vanish."""
        current = self._read(name)
        return self._write(current.model_copy(update={"state": CollectionState.DELETING}))

    def erase(self, name: str) -> None:
        """Remove all files of a collection, its definition last."""
        folder = f"{_ROOT}/{name}"
        for part in self._files.names(folder):
            if part != "collection.json":
                self._files.delete_tree(f"{folder}/{part}")
        self._files.delete_tree(folder)

    def _read(self, name: str) -> Collection:
        return Collection.model_validate_json(self._files.read(_path(name)))

    def _write(self, collection: Collection) -> Collection:
        self._files.write(_path(collection.name), collection.model_dump_json(indent=1).encode())
        return collection


def _path(name: str) -> str:
    return f"{_ROOT}/{name}/collection.json"
