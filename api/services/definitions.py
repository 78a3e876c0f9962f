"""What requests need of the definitions of collections, in the memory of this process."""

from dataclasses import dataclass
from typing import Self

from starlette.concurrency import run_in_threadpool

from api.services.remembered import CHECK_INTERVAL_S, Remembered
from core.attributes import AttributeTypes
from core.errors import NotFound
from core.storage import Collection, Collections


@dataclass(frozen=True, eq=False)
class Definition:
    """A part of a definition; the same object as long as it does not change."""

    group_by: str | None
    """The attribute that the collection is grouped by."""
    types: AttributeTypes

    @classmethod
    def of(cls, collection: Collection) -> Self:
        """Return the part of a collection."""
        return cls(collection.group_by, collection.attribute_types)


class Definitions:
    """Reads definitions of collections at most twice a second, within one event loop."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections
        self._known = Remembered(self._read, max_age_s=CHECK_INTERVAL_S)

    async def get(self, collection: str, *, fresh: bool = False) -> Definition:
        """Return a definition; if the store does not respond, the last one.

        Args:
            fresh: read it now.

        Raises:
            NotFound: the collection does not exist.
            Unavailable: the store does not respond, and the definition was never read or must be
                fresh.
        """
        return await self._known.get(collection, fresh=fresh)

    async def group_by(self, collection: str) -> str | None:
        """Return the attribute that a collection is grouped by; None if it has no groups.

        Raises:
            Unavailable: the store does not respond, and the definition was never read.
        """
        try:
            return (await self.get(collection)).group_by
        except NotFound:
            return None

    def forget(self, collection: str) -> None:
        """Read the definition for the next request: this process has just changed it."""
        self._known.forget(collection)

    async def _read(self, name: str, last: Definition | None) -> Definition:
        current = Definition.of(await run_in_threadpool(self._collections.get, name))
        is_same = last and (last.group_by, last.types) == (current.group_by, current.types)
        return last if last and is_same else current
