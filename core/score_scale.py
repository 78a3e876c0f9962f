"""What a score means in a collection: how rare it is, and how likely it shows the same product.

The cosine of two unrelated images depends on the encoder and on the collection; rarity and
probability hardly do. This module is pure Python, since the API, which has no NumPy, reads scales.
"""

from bisect import bisect_left, bisect_right
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from core.records import Record

MAX_RARITY = 10_000_000
"""Beyond this, a rarity would be a guess."""
_SURE = 0.5
_VERY_RARE, _RARE = 1000, 10


class Likeness(StrEnum):
    """How alike two items are, in words."""

    SAME = "same product"
    VERY_SIMILAR = "very similar"
    SIMILAR = "similar"
    LESS_SIMILAR = "less similar"


class ScoreMeaning(NamedTuple):
    """What a score means."""

    rarity: int
    """One in so many random pairs of images of the collection scores as high."""
    same: float
    """The probability that the images show the same product, from 0 to 1."""

    @property
    def likeness(self) -> Likeness:
        """The same in words."""
        if self.same >= _SURE:
            return Likeness.SAME
        if self.rarity >= _VERY_RARE:
            return Likeness.VERY_SIMILAR
        return Likeness.SIMILAR if self.rarity >= _RARE else Likeness.LESS_SIMILAR


class ScoreScale(Record):
    """The meaning of every score in a collection: a table with a row for each change of meaning."""

    index: str
    """The vector index whose scores it explains."""
    images: int
    """The number of images in the collection when it was fitted."""
    scores: tuple[float, ...]
    """The lowest score of each row, ascending; the first one is 0."""
    rarities: tuple[int, ...]
    """The rarity of each row, ascending."""
    sames: tuple[float, ...]
    """The probability of each row, ascending."""

    def meaning(self, score: float) -> ScoreMeaning:
        """Return what a score means."""
        return self._meanings[max(bisect_right(self.scores, score) - 1, 0)]

    def fields(self, score: float) -> dict[str, Any]:
        """Return the meaning of a score as the fields of a match."""
        meaning = self.meaning(score)
        return meaning._asdict() | {"likeness": meaning.likeness}

    def min_score(self, rarity: int) -> float | None:
        """Return the lowest score of at least this rarity; None if no score is as rare."""
        row = bisect_left(self.rarities, rarity)
        return self.scores[row] if row < len(self.scores) else None

    @cached_property
    def _meanings(self) -> tuple[ScoreMeaning, ...]:
        return tuple(map(ScoreMeaning, self.rarities, self.sames))
