"""Scores items against items by matrix products."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from core.similar.images import ImageVectors, Numbers, Vectors
from core.similar.keys import MILLION, NONE, Keys, encode

OWN = -1
"""The score of an item's own images, which are no matches; all other scores are at least 0."""
MARGIN = np.float32(2 / MILLION)
"""Scores that differ by less may be equal once they are rounded."""


@dataclass(frozen=True)
class Targets:
    """Items that other items are compared with."""

    items: Numbers
    images: Numbers
    """The images of these items, one item after the other (c)."""
    starts: Numbers
    """Where the images of each item begin."""
    vectors: Vectors
    """The vectors of the images (c, dim)."""
    image_items: Numbers
    """The item of each image (c)."""
    are_all: bool
    """Whether these are all items of the collection."""

    @classmethod
    def of(cls, source: ImageVectors, items: Numbers) -> Self:
        """Return some items as targets; copy their vectors unless they are all items."""
        images, starts = source.images.of(items)
        is_all = len(images) == len(source.vectors)
        vectors = source.vectors if is_all else source.vectors[images]
        return cls(items, images, starts, vectors, source.images.items[images], is_all)

    @cached_property
    def has_views(self) -> bool:
        """Whether an item has several images."""
        return len(self.items) < len(self.images)


def score(source: ImageVectors, items: Numbers, targets: Targets) -> Vectors:
    """Return the score of each image of the targets for each item (items, c), not yet rounded.

    It is the best over the item's views. The items are sorted; their own images, which are among
    the targets only if these are all items, score OWN.
    """
    images, starts = source.images.of(items)
    scores = source.vectors[images] @ targets.vectors.T
    if len(items) < len(images):
        scores = np.maximum.reduceat(scores, starts, axis=0)
    np.maximum(scores, 0, out=scores)
    if targets.are_all:
        scores[np.searchsorted(items, source.images.items[images]), images] = OWN
    return scores


def kth_scores(scores: Vectors, targets: Targets, count: int) -> Vectors:
    """Return the score of the `count`-th best target in each row; 0 if there are fewer targets."""
    if targets.has_views:
        scores = np.maximum.reduceat(scores, targets.starts, axis=1)
    if scores.shape[1] <= count:
        return np.zeros(len(scores), dtype=np.float32)
    return np.maximum(np.partition(scores, -count, axis=1)[:, -count], 0)


def select(scores: Vectors, least: Vectors, targets: Targets) -> Keys:
    """Return the keys of the targets that score at least `least` in each row, padded with NONE.

    A key names the target's best image. Targets that score a little less are selected, too.
    """
    rows, columns = np.nonzero(scores >= (least - MARGIN)[:, np.newaxis])
    keys = encode(_round(scores[rows, columns]), targets.images[columns])
    if targets.has_views and len(keys):  # images of one target are neighbours
        owners = targets.image_items[columns]
        is_first = np.append(True, (np.diff(rows) != 0) | (np.diff(owners) != 0))
        keys, rows = np.maximum.reduceat(keys, np.flatnonzero(is_first)), rows[is_first]
    counts = np.bincount(rows, minlength=len(scores))
    selected = np.full((len(scores), counts.max(initial=0)), NONE)
    selected[rows, np.arange(len(rows)) - (np.cumsum(counts) - counts)[rows]] = keys
    return selected


def _round(scores: Vectors) -> Numbers:
    """Return scores in millionths, rounded in double precision, as the vector store rounds them."""
    millionths = np.rint(scores.astype(np.float64) * MILLION)
    return np.minimum(millionths, MILLION).astype(np.int64)
