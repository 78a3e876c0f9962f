"""Finds the rows with the largest products by vectors in half precision, in half of the time.

The best rows by the rounded vectors are compared again in full precision. The result is exact: a
bound of the rounding errors shows whether any other row could be among the nearest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

BLOCK_ROWS = 4_096
MIN_ROWS = 1_024
MAX_TOP = 256
"""More rows than this are found faster without rounding."""
SPARE = 32
"""The number of rows beyond those requested that are compared again."""


@dataclass(frozen=True, eq=False)
class HalfPrecisionBlock:
    """Vectors (rows, dim), the same rounded, and the greatest length of both and of an error."""

    vectors: Floats
    rounded: Any
    longest: float
    longest_error: float

    @staticmethod
    def of(vectors: Floats) -> "HalfPrecisionBlock":
        """Round vectors."""
        kind = faiss.ScalarQuantizer.QT_fp16
        rounded = faiss.IndexScalarQuantizer(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
        rounded.add(vectors)
        errors = rounded.reconstruct_n(0, len(vectors)) - vectors
        longest, longest_error = (
            float(np.linalg.norm(rows, axis=1).max()) for rows in (vectors, errors)
        )
        return HalfPrecisionBlock(vectors, rounded, longest, longest_error)

    def nearest(
        self, query: Floats, mask: Mask, top_k: int
    ) -> tuple[NDArray[np.int64], Floats] | None:
        """Return the `top_k` rows in the mask with the largest products, and these products.

        Returns None if the rounded vectors do not show which rows these are.
        """
        only_mask = None if mask.all() else _selection(mask)
        estimates, numbers = self.rounded.search(query[None], top_k + SPARE, params=only_mask)
        rows = numbers[0][numbers[0] >= 0]
        products = self.vectors[rows] @ query
        best = np.argpartition(-products, top_k)[:top_k] if top_k < len(rows) else slice(None)
        highest_of_others = estimates[0, -1] + self._max_error(query)
        has_others = len(rows) == top_k + SPARE
        if has_others and not products[best].min() >= highest_of_others:  # nor if it is NaN
            return None
        return rows[best], products[best]

    def _max_error(self, query: Floats) -> float:
        """Return the greatest difference between a product and its estimate.

        The rounding of the vectors is bounded by the Cauchy-Schwarz inequality; the second term
        bounds the rounding within the sums, of both the estimate and the product.
        """
        in_sums = 4 * len(query) * np.finfo(np.float32).eps * self.longest
        return float(np.linalg.norm(query) * (self.longest_error + in_sums))


def _selection(mask: Mask) -> Any:
    wrapped: Any = faiss  # its type hints are those of C++
    selector = wrapped.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
    return wrapped.SearchParameters(sel=selector)


def round_to_half(vectors: Floats) -> Sequence[HalfPrecisionBlock]:
    """Return blocks of `BLOCK_ROWS` rows, or none if there are too few rows to be worth it."""
    if len(vectors) < MIN_ROWS:
        return ()
    return [
        HalfPrecisionBlock.of(vectors[first : first + BLOCK_ROWS])
        for first in range(0, len(vectors), BLOCK_ROWS)
    ]
