"""Estimates products of vectors by vectors of whole numbers, in a quarter of the time.

A bound of the rounding errors shows which rows may be among the nearest; these are compared again
in full precision, so that the result is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import simsimd
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
MIN_ROWS = 1_024
MAX_TOP = 256
"""More rows than this are found faster without rounding."""
MAX_COMPARED = 1 / 8
"""The share of rows above which it is faster to compare all of them."""
_BLOCK_ROWS = 4_096
_LARGEST = 127


@dataclass(frozen=True, eq=False)
class RoundedVectors:
    """Vectors (rows, dim), and the same as `scales` (rows,) times whole numbers (rows, dim).

    `lengths` and `errors` (rows,) are the lengths of the rounded vectors and of their errors.
    """

    vectors: Floats
    numbers: NDArray[np.int8]
    scales: Floats
    lengths: Floats
    errors: Floats

    @staticmethod
    def of(vectors: Floats) -> "RoundedVectors":
        """Round vectors, in blocks that need little memory."""
        firsts = range(0, len(vectors), _BLOCK_ROWS)
        blocks = [round_rows(vectors[first : first + _BLOCK_ROWS]) for first in firsts]
        return RoundedVectors(vectors, *map(np.concatenate, zip(*blocks, strict=True)))

    def estimate(self, queries: "RoundedVectors", mask: Mask) -> "Estimates":
        """Estimate the products of queries (n, dim) and the rows in the mask."""
        dots = simsimd.cdist(self.numbers, queries.numbers, "dot", out_dtype="float32")
        products = np.ascontiguousarray(np.asarray(dots).T)
        products *= np.outer(queries.scales, self.scales)
        products[:, ~mask] = -np.inf
        highest = products + self._max_errors(queries.vectors, queries.errors)
        return Estimates(self.vectors, queries.vectors, products, highest)

    def _max_errors(self, queries: Floats, errors: Floats) -> Floats:
        """Return the greatest difference between each product and its estimate.

        The rounding of both vectors is bounded by the Cauchy-Schwarz inequality. The last term
        bounds the rounding within the sums, of both the estimate and the product.
        """
        lengths = np.linalg.norm(queries, axis=1)
        in_sums = lengths * np.float32(4 * queries.shape[1] * np.finfo(np.float32).eps)
        return np.outer(errors + in_sums, self.lengths) + np.outer(lengths + in_sums, self.errors)


@dataclass(frozen=True, eq=False)
class Estimates:
    """Estimates of products (queries, rows), -inf outside the mask, and the highest possible."""

    vectors: Floats
    queries: Floats
    products: Floats
    highest: Floats

    def likely(self, query: int, lowest: float) -> Floats:
        """Return the products of a query with the rows whose estimates are this large."""
        return self._compare(query, np.flatnonzero(self.products[query] >= lowest))

    def at_least(
        self, query: int, lowest: float, count: int
    ) -> tuple[NDArray[np.int64], Floats] | None:
        """Return the best rows whose product with a query may be this large, and their products.

        Returns None if there are so many that it is faster to compare all.
        """
        highest = self.highest[query]
        rows = np.flatnonzero((highest >= lowest) & (highest > -np.inf))
        if np.isnan(lowest) or len(rows) > MAX_COMPARED * len(highest):
            return None
        products = self._compare(query, rows)
        best = np.argpartition(-products, count)[:count] if count < len(rows) else slice(None)
        return rows[best], products[best]

    def _compare(self, query: int, rows: NDArray[np.int64]) -> Floats:
        products: Floats = self.vectors[rows] @ self.queries[query]
        return products


def lowest_of_best(estimates: Sequence[Estimates], query: int, count: int) -> float:
    """Return a product that at least `count` rows of all parts reach, if so many are likely to.

    Returns -inf if there are fewer rows, and NaN if the estimates do not tell.
    """
    products = np.concatenate([of_part.products[query] for of_part in estimates])
    threshold = _largest(products, count)
    if not np.isfinite(threshold):
        return threshold if threshold < 0 else np.nan
    likely = [of_part.likely(query, threshold) for of_part in estimates]
    return _largest(np.concatenate(likely), count)


def _largest(numbers: Floats, count: int) -> float:
    """Return the number that is the `count`-th largest, or -inf if there are fewer."""
    return float(np.partition(numbers, -count)[-count]) if count <= len(numbers) else -np.inf


def round_vectors(vectors: Floats) -> RoundedVectors | None:
    """Return rounded vectors, or None if there are too few to be worth it."""
    return RoundedVectors.of(vectors) if len(vectors) >= MIN_ROWS else None


def round_rows(vectors: Floats) -> tuple[NDArray[np.int8], Floats, Floats, Floats]:
    """Return whole numbers, the scale of each row, and the lengths of rounded rows and errors."""
    smallest = np.finfo(np.float32).tiny  # a row may contain only zeros
    scales = np.maximum(np.abs(vectors).max(axis=1) / _LARGEST, smallest)
    rounded = np.rint(vectors / scales[:, None])
    numbers = np.nan_to_num(rounded).astype(np.int8)
    rounded *= scales[:, None]
    lengths, errors = (np.linalg.norm(rows, axis=1) for rows in (rounded, rounded - vectors))
    return numbers, scales, lengths, errors
