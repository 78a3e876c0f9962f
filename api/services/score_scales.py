"""The score scales of collections in the memory of this process."""

import logging

from starlette.concurrency import run_in_threadpool

from api.services.remembered import Remembered
from core.errors import Conflict, CoreError, InvalidInput, NotFound, Unavailable
from core.score_scale import ScoreScale
from core.storage import Stores

log = logging.getLogger(__name__)

_MAX_AGE_S = 2


class ScoreScales:
    """What scores mean, by collection, for use within one event loop.

    A scale that was just fitted applies after some seconds; that of another encoder, never.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._known = Remembered(self._read, max_age_s=_MAX_AGE_S)

    async def get(self, collection: str) -> ScoreScale | None:
        """Return the scale of a collection; None if it has none, or the store does not respond."""
        try:
            return await self._known.get(collection)
        except Unavailable:  # without reading: another reader gets no answer
            return None

    async def min_score(
        self, collection: str, min_score: float, min_rarity: int | None, *, is_plain: bool
    ) -> float:
        """Return the lowest score that meets both conditions; equal images always do.

        Args:
            is_plain: whether the scores are those of whole images, which the scale explains.

        Raises:
            Conflict: the collection has no scale.
            InvalidInput: the scores have another meaning.
        """
        if min_rarity is None:
            return min_score
        if not is_plain:
            raise InvalidInput(
                "min_rarity: with `colour` or `text`, scores have another meaning; use min_score"
            )
        scale = await self.get(collection)
        if scale is None:
            raise Conflict(
                f"min_rarity: collection {collection!r} has no scale for scores yet; it gets one "
                "with its similar lists, once it has 32 items with images; use min_score until then"
            )
        lowest = scale.min_score(min_rarity)
        return max(min_score, 1.0 if lowest is None else lowest)

    async def _read(self, name: str, last: ScoreScale | None) -> ScoreScale | None:
        try:
            return await run_in_threadpool(self._read_current, name)
        except NotFound:
            return None
        except CoreError as exc:
            if last is not None:
                raise
            log.warning("collection %s: cannot read its score scale: %s", name, exc.detail)
            return None  # lists are served without the store, too

    def _read_current(self, name: str) -> ScoreScale | None:
        collection = self._stores.collections.get(name)
        scale = self._stores.score_scale(collection).current()
        return scale if scale and scale.index == collection.index_name else None
