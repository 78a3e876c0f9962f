"""What looks like what: the nearest of each item, by the vectors of their pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.errors import InvalidInput

BLOCK = 512
NEAREST = 50


@dataclass(frozen=True)
class Looks:
    """A vector of length one for each item of the collection that has pictures."""

    skus: Sequence[str]
    vectors: NDArray[np.float32]
    """(skus, dim)."""

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.skus):
            raise InvalidInput(
                f"looks: {len(self.skus)} skus want as many vectors, not {self.vectors.shape}"
            )
        if len(set(self.skus)) < len(self.skus):
            raise InvalidInput("looks: a sku is there twice")


@dataclass(frozen=True)
class Alike:
    """Each item's nearest by looks; an item without a picture has none.

    Both are (items, items) with at most `NEAREST` entries a row.
    """

    cosine: sparse.csr_matrix
    striking: sparse.csr_matrix
    """The square of how many standard deviations the pair is liker than the row's item is to all
    others: networks differ in what cosine is ordinary, and so do items."""


def alike(vectors: NDArray[np.float32], items: NDArray[np.intp], size: int) -> Alike:
    """Compare all with all, in blocks; `vectors[n]` is the look of item `items[n]` of `size`."""
    kept = min(NEAREST, len(items) - 1)
    blocks = [_nearest(vectors, start, kept) for start in range(0, len(items), BLOCK)]
    columns, cosines, striking = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    rows = np.repeat(items, kept)
    return Alike(
        *(
            sparse.csr_matrix((values.ravel(), (rows, items[columns].ravel())), shape=(size, size))
            for values in (cosines, striking)
        )
    )


def _nearest(
    vectors: NDArray[np.float32], start: int, kept: int
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    block = vectors[start : start + BLOCK]
    cosines = block @ vectors.T
    own = np.arange(len(block))
    cosines[own, start + own] = np.nan
    mean, spread = np.nanmean(cosines, axis=1), np.nanstd(cosines, axis=1)
    cosines[own, start + own] = -np.inf
    columns = np.argpartition(-cosines, kept - 1, axis=1)[:, :kept]
    found = np.take_along_axis(cosines, columns, axis=1)
    above = (found - mean[:, None]) / np.maximum(spread, 1e-9)[:, None]
    return columns, found, np.square(np.maximum(above, 0))
