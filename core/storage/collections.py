"""Definitions of collections: what each is called, and which encoder its vectors are of."""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import uuid4

from pydantic import BaseModel, ConfigDict

from core.domain import EncoderIdentity, check_collection_name
from core.errors import Conflict, NotFound
from core.storage.files import Files

_ROOT = "collections"


class CollectionState(StrEnum):
    """Whether a collection is in use or on its way out."""

    ACTIVE = "active"
    DELETING = "deleting"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Space(_Record):
    """Vectors in Milvus, and what made them."""

    name: str
    encoder: EncoderIdentity


class Beside(Space):
    """Vectors that a job makes beside those in use, to take their place."""

    job: str


class Left(_Record):
    """Vectors out of use; a search that began before may still be in them."""

    name: str
    since: datetime


class Collection(_Record):
    """A named set of items, all embedded by one encoder. `space` names its vectors in Milvus."""

    name: str
    description: str = ""
    encoder: EncoderIdentity
    space: str
    state: CollectionState = CollectionState.ACTIVE
    created_at: datetime
    made_by: str | None = None
    """The job that made the vectors in use, where one has put them into the place of others."""
    beside: Beside | None = None
    left: tuple[Left, ...] = ()

    @property
    def spaces(self) -> tuple[Space, ...]:
        """Where the vectors of every item belong: the space in use, and the one in the making."""
        used = Space(name=self.space, encoder=self.encoder)
        return (used, self.beside) if self.beside else (used,)

    @property
    def all_spaces(self) -> set[str]:
        """Everything that is this collection's in Milvus."""
        return {space.name for space in self.spaces} | {left.name for left in self.left}

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
        made = Collection(
            name=check_collection_name(name),
            description=description,
            encoder=encoder,
            space=_new_space(),
            created_at=datetime.now(UTC),
        )
        if not self._files.create(_path(name), made.model_dump_json(indent=1).encode()):
            state = self._read(name).state
            told = "exists already" if state is CollectionState.ACTIVE else "is being deleted"
            raise Conflict(f"collection {name!r} {told}")
        return made

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
        found = (self.find(name) for name in self.names())
        return [collection for collection in found if collection]

    def names(self) -> list[str]:
        """The names of all, in whatever state."""
        return self._files.names(_ROOT)

    def change(self, name: str, *, description: str) -> Collection:
        """Give a collection another description."""
        return self._write(self.get(name).model_copy(update={"description": description}))

    def begin_beside(self, name: str, encoder: EncoderIdentity, job: str) -> Beside:
        """Name a space for other vectors; from now on new items must go into both.

        The same job is given the same space again.

        Raises:
            Conflict: another job's is there; end it by `abandon_beside`.
        """
        current = self.get(name)
        if current.beside and current.beside.job != job:
            raise Conflict(f"job {current.beside.job} makes vectors for {name!r} already")
        if current.beside is None:
            beside = Beside(name=_new_space(), encoder=encoder, job=job)
            current = self._write(current.model_copy(update={"beside": beside}))
        assert current.beside is not None  # noqa: S101 - it was set just now
        return current.beside

    def use_beside(self, name: str, job: str) -> Collection:
        """Put the vectors that this job made beside into use, with their encoder, at once."""
        current = self.get(name)
        if current.beside is None or current.beside.job != job:
            return current
        left = Left(name=current.space, since=datetime.now(UTC))
        changes = {
            "encoder": current.beside.encoder,
            "space": current.beside.name,
            "made_by": job,
            "beside": None,
            "left": (*current.left, left),
        }
        return self._write(current.model_copy(update=changes))

    def abandon_beside(self, name: str, job: str) -> Collection:
        """Leave the vectors that this job made beside, if they are still there."""
        current = self.get(name)
        if current.beside is None or current.beside.job != job:
            return current
        left = Left(name=current.beside.name, since=datetime.now(UTC))
        changes = {"beside": None, "left": (*current.left, left)}
        return self._write(current.model_copy(update=changes))

    def forget_left(self, name: str, space: str) -> Collection:
        """Forget a space that has been dropped."""
        current = self.get(name)
        left = tuple(one for one in current.left if one.name != space)
        return self._write(current.model_copy(update={"left": left}))

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


def _new_space() -> str:
    return f"c_{uuid4().hex}"


def _path(name: str) -> str:
    return f"{_ROOT}/{name}/collection.json"
