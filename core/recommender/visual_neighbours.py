"""Visual nearest neighbours: for each item, the items with the most similar image vectors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.errors import InvalidInput

BLOCK = 512
NEIGHBOURS = 50


@dataclass(frozen=True)
class ItemEmbeddings:
    """A unit vector for each item of the collection that has images."""

    skus: Sequence[str]
    vectors: NDArray[np.float32]
    """(skus, dim)."""

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.skus):
            raise InvalidInput(
                f"item embeddings: expected one vector for each of {len(self.skus)} SKUs, "
                f"got an array of shape {self.vectors.shape}"
            )
        if len(set(self.skus)) < len(self.skus):
            raise InvalidInput("item embeddings: a SKU occurs twice; pass each SKU once")


@dataclass(frozen=True)
class VisualNeighbours:
    """Similarity of each item to its nearest neighbours; an item without an image has none.

    Both matrices are (items, items) with at most `NEIGHBOURS` entries per row.
    """

    cosine: sparse.csr_matrix
    squared_zscore: sparse.csr_matrix
    """Squared z-score of the cosine among all cosines of the row's item, 0 below the mean: which
    cosine is ordinary depends on the encoder and on the item."""


def find_visual_neighbours(
    vectors: NDArray[np.float32], items: NDArray[np.intp], size: int
) -> VisualNeighbours:
    """Compare all items in blocks; `vectors[n]` belongs to item `items[n]` of `size` items."""
    count = min(NEIGHBOURS, len(items) - 1)
    blocks = [_nearest(vectors, start, count) for start in range(0, len(items), BLOCK)]
    columns, cosines, squared_zscores = (
        np.concatenate(parts) for parts in zip(*blocks, strict=True)
    )
    rows = np.repeat(items, count)
    return VisualNeighbours(
        *(
            sparse.csr_matrix((values.ravel(), (rows, items[columns].ravel())), shape=(size, size))
            for values in (cosines, squared_zscores)
        )
    )


def _nearest(
    vectors: NDArray[np.float32], start: int, count: int
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    """Return columns, cosines and squared z-scores, each (block, count), of one block of rows."""
    block = vectors[start : start + BLOCK]
    cosines = block @ vectors.T
    own = np.arange(len(block))
    cosines[own, start + own] = np.nan
    mean, spread = np.nanmean(cosines, axis=1), np.nanstd(cosines, axis=1)
    cosines[own, start + own] = -np.inf
    columns = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
    nearest = np.take_along_axis(cosines, columns, axis=1)
    zscore = (nearest - mean[:, None]) / np.maximum(spread, 1e-9)[:, None]
    return columns, nearest, np.square(np.maximum(zscore, 0))
