"""Visual nearest neighbours: for each item, the items with the most similar image vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.errors import InvalidInput
from core.recommender.ranking.best_items import unsorted_best

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


@dataclass(frozen=True)
class _Moments:
    """Sums over all vectors, from which the mean and spread of their cosines follow.

    They are float64: a sum of float32 can differ from run to run, and lists must not.
    """

    count: int
    total: NDArray[np.float64]
    squares: NDArray[np.float64]
    """(dim, dim)."""

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> Self:
        blocks = (
            vectors[start : start + BLOCK].astype(np.float64)
            for start in range(0, len(vectors), BLOCK)
        )
        squares = sum(block.T @ block for block in blocks)
        return cls(len(vectors), vectors.sum(axis=0, dtype=np.float64), np.asarray(squares))

    def mean_and_spread(
        self, block: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and standard deviation, (block,) each, of the cosines to all others."""
        rows = block.astype(np.float64)
        own = np.einsum("nd,nd->n", rows, rows)
        mean = (rows @ self.total - own) / (self.count - 1)
        square = (np.einsum("nd,nd->n", rows @ self.squares, rows) - own**2) / (self.count - 1)
        return mean, np.sqrt(np.maximum(square - mean**2, 0))


def find_visual_neighbours(
    vectors: NDArray[np.float32], items: NDArray[np.intp], size: int
) -> VisualNeighbours:
    """Compare all items in blocks; `vectors[n]` belongs to item `items[n]` of `size` items."""
    count = min(NEIGHBOURS, len(items) - 1)
    moments = _Moments.of(vectors)
    blocks = []
    for start in range(0, len(items), BLOCK):
        columns, cosines = _nearest(vectors, start, count)
        mean, spread = moments.mean_and_spread(vectors[start : start + BLOCK])
        zscores = (cosines - mean[:, None]) / np.maximum(spread, 1e-9)[:, None]
        squared = np.square(np.maximum(zscores, 0)).astype(np.float32)
        blocks.append((columns, cosines, squared))
    columns, *values = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    places = np.repeat(items, count), items[columns].ravel()
    cosine, squared_zscore = (
        sparse.csr_matrix((part.ravel(), places), shape=(size, size)) for part in values
    )
    return VisualNeighbours(cosine, squared_zscore)


def _nearest(
    vectors: NDArray[np.float32], start: int, count: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the columns and cosines, each (block, count), of one block of rows."""
    cosines = vectors[start : start + BLOCK] @ vectors.T
    own = np.arange(len(cosines))
    cosines[own, start + own] = -np.inf
    columns = unsorted_best(cosines, count)
    return columns, np.take_along_axis(cosines, columns, axis=1)
