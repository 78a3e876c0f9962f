"""Compares two rankings by the metrics of the same users, or of the same queries."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_GAIN = 0.0005
"""A smaller gain of NDCG@10 is no gain."""
CLEAR = 2.0
"""In standard errors; a larger difference is unlikely to be chance."""


@dataclass(frozen=True)
class Difference:
    """Mean difference per user, and its standard error."""

    mean: float
    error: float

    @property
    def is_clear_gain(self) -> bool:
        """Whether the first ranking is better by more than chance explains."""
        return self.mean > CLEAR * self.error

    @property
    def is_clear_loss(self) -> bool:
        """Whether the first ranking is worse by more than chance explains."""
        return self.mean < -CLEAR * self.error


def paired_difference(first: NDArray[np.float64], second: NDArray[np.float64]) -> Difference:
    """Compare two rankings by a metric of the same users, (users,) each; at least one user."""
    gains = first - second
    return Difference(float(gains.mean()), float(gains.std()) / len(gains) ** 0.5)


def is_significant_gain(gains: NDArray[np.float64], standard_errors: float) -> bool:
    """Return whether the mean gain exceeds `MIN_GAIN` and the given number of standard errors."""
    error = float(gains.std()) / max(len(gains), 1) ** 0.5
    return bool(gains.mean() > max(MIN_GAIN, standard_errors * error))
