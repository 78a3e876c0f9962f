"""Brings similar lists in line with the images of a collection.

Only what changed is computed: the lists of new and changed items; in all other lists, the places of
these items; and lists that have become too short. The result is the same as if all were computed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.similar.images import ImageVectors, Numbers
from core.similar.keys import MILLION, NONE, Keys, best, decode_scores, lengths
from core.similar.lists import KEPT, SERVED, SimilarLists
from core.similar.moved import Moved
from core.similar.scoring import Targets, kth_scores, score, select

BLOCK = 4_000_000
"""Scores that are in memory at the same time, about 10 bytes each."""
MOST_CHANGED = 0.5
"""If a larger share of the items changed, computing all lists takes less time."""


@dataclass(frozen=True)
class Update:
    """The lists of a collection after an update, and which of them changed."""

    lists: SimilarLists
    changed: Numbers
    """The items whose lists are new or differ."""


def update_lists(
    before: SimilarLists | None,
    source: ImageVectors,
    heartbeat: Callable[[], None],
    *,
    served: int = SERVED,
    length: int = KEPT,
) -> Update:
    """Return the lists for these images; call `heartbeat` before every block of items.

    `before` are earlier lists made with the same encoder, or None to compute all lists.
    """
    count = len(source.images.skus)
    computation = _Computation(source, heartbeat, length)
    if before is not None:
        moved = Moved.between(before.images, source.images)
        if len(moved.new) <= MOST_CHANGED * count:
            return _update_some(before, moved, computation, min(served, count - 1))
    everything = np.arange(count)
    lists = SimilarLists(source.images, computation.compute(everything))
    return Update(lists, everything)


@dataclass(frozen=True)
class _Computation:
    source: ImageVectors
    heartbeat: Callable[[], None]
    length: int

    def compute(self, items: Numbers) -> Keys:
        """Return the lists of these items, compared with all others."""
        keys = np.full((len(items), self.length), NONE)
        everything = Targets.of(self.source, np.arange(len(self.source.images.skus)))
        for rows in self._blocks(items, everything):
            scores = score(self.source, items[rows], everything)
            least = kth_scores(scores, everything, self.length)
            keys[rows] = best(select(scores, least, everything), self.length)
        return keys

    def insert(self, keys: Keys, complete: NDArray[np.bool_], items: Numbers, new: Numbers) -> None:
        """Insert new items into the lists of these items, in place.

        A list has no room after its last match, because items that it lacks may belong there,
        unless it is complete.
        """
        last = np.min(np.where(keys == NONE, np.iinfo(np.int64).max, keys), axis=1)
        floor = np.where(complete, NONE, last)[:, np.newaxis]
        least = (decode_scores(floor[:, 0]) / MILLION).astype(np.float32)
        targets = Targets.of(self.source, new)
        for rows in self._blocks(items, targets):
            scores = score(self.source, items[rows], targets)
            candidates = select(scores, least[rows], targets)
            candidates[candidates <= floor[rows]] = NONE
            keys[rows] = best(np.hstack([keys[rows], candidates]), self.length)

    def _blocks(self, items: Numbers, targets: Targets) -> Iterator[slice]:
        size = max(1, BLOCK // max(1, len(targets.images)))
        for start in range(0, len(items), size):
            self.heartbeat()
            yield slice(start, start + size)


def _update_some(
    before: SimilarLists, moved: Moved, computation: _Computation, served: int
) -> Update:
    """Update the lists of unchanged items, and compute the lists of new and changed items."""
    old, new = moved.old, moved.new
    had_all = before.are_complete[moved.before]
    earlier = before.keys[moved.before]
    remaining = moved.translate(earlier)
    keys = best(remaining, computation.length)
    if len(new):
        computation.insert(keys, had_all, old, new)
    short = lengths(keys) < served
    keys[short] = computation.compute(old[short])
    lists = np.full((len(old) + len(new), computation.length), NONE)
    lists[old], lists[new] = keys, computation.compute(new)
    after = SimilarLists(computation.source.images, lists)
    # a list whose last match is gone equals the list without this match
    differ = (lengths(remaining) < lengths(earlier)) | np.any(keys != remaining, axis=1)
    differ |= had_all != after.are_complete[old]
    return Update(after, np.sort(np.concatenate([old[differ], new])))
