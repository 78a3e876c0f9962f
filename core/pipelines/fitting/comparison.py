"""Compares two recipes: how often the original of a distorted image comes first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import Vectors
from core.recommender.evaluation.paired import paired_difference

_Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Comparison:
    """For each distorted image, whether its original came first, with either recipe."""

    before: _Flags
    after: _Flags

    @property
    def shares(self) -> tuple[float, float]:
        """The share of originals that came first, before and after."""
        return float(self.before.mean()), float(self.after.mean())

    @property
    def hurts(self) -> bool:
        """Whether the new recipe finds fewer originals, by more than chance explains."""
        after, before = self.after.astype(np.float64), self.before.astype(np.float64)
        return paired_difference(after, before).is_clear_loss


def found_first(queries: Vectors, gallery: Vectors, originals: NDArray[np.intp]) -> _Flags:
    """Return for each query (q, dim) whether its original is the nearest of the gallery (n, dim).

    `originals` holds the number of each query's original in the gallery.
    """
    first: _Flags = (queries @ gallery.T).argmax(axis=1) == originals
    return first
