"""Mean gains over the users of several folds, less what may be chance."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.recommender.choosing.fold import Fold

Metric = Callable[[Fold], NDArray[np.float64]]
"""Returns a metric of each user of a fold."""


def mean_metric(folds: Sequence[Fold], metric: Metric) -> float:
    """Return the mean over all users, by the weights of their folds; 0 without folds."""
    if not folds:
        return 0.0
    return float(np.average(_concatenate(folds, metric), weights=_user_weights(folds)))


def certain_gain(folds: Sequence[Fold], new: Metric, old: Metric, errors: float) -> float:
    """Return the mean gain less this many standard errors; 0 without folds."""
    if not folds:
        return 0.0
    gains, weights = _concatenate(folds, lambda fold: new(fold) - old(fold)), _user_weights(folds)
    mean = np.average(gains, weights=weights)
    error = np.sqrt((weights**2 * (gains - mean) ** 2).sum()) / weights.sum()
    return float(mean - errors * error)


def _concatenate(folds: Sequence[Fold], metric: Metric) -> NDArray[np.float64]:
    return np.concatenate([metric(fold) for fold in folds])


def _user_weights(folds: Sequence[Fold]) -> NDArray[np.float64]:
    return np.concatenate([np.full(fold.users, fold.user_weight) for fold in folds])
