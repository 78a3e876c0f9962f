"""Hit rates: the share of returning customers who find a next purchase among the first ten items.

A hit rate is the only metric here that a shop owner can picture.
"""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from core.recommender.evaluation.holdout import RankedLists
from core.recommender.training_summary import HitComparison

SHOWN = 10
MAX_P_VALUE = 0.05
_Z = NormalDist().inv_cdf(0.975)


def find_customers_with_hits(lists: RankedLists) -> NDArray[np.bool_]:
    """Return (users,): whether a user's first ten items contain one of the next purchases."""
    return np.asarray(lists.hits[:, :SHOWN].any(axis=1))


def estimate_hit_rate(lists: RankedLists) -> tuple[float, float]:
    """Return the hit rate and its standard error."""
    hit = find_customers_with_hits(lists)
    return round(float(hit.mean()), 5), _standard_error(hit.astype(float))


def compare_hits(model: RankedLists, popularity: RankedLists) -> HitComparison:
    """Compare two rankings of the same users.

    The difference is clear if McNemar's exact test says so: only the users who find something with
    one ranking, but not with the other, tell the two rankings apart.
    """
    by_model, by_popularity = find_customers_with_hits(model), find_customers_with_hits(popularity)
    only_model, only_popularity = (
        int((by_model & ~by_popularity).sum()),
        int((by_popularity & ~by_model).sum()),
    )
    differing = only_model + only_popularity
    model_rate, model_error = estimate_hit_rate(model)
    popularity_rate, popularity_error = estimate_hit_rate(popularity)
    return HitComparison(
        customers=len(by_model),
        model=model_rate,
        popularity=popularity_rate,
        model_standard_error=model_error,
        popularity_standard_error=popularity_error,
        difference_standard_error=_standard_error(by_model.astype(float) - by_popularity),
        is_clear=differing > 0 and binomtest(only_model, differing).pvalue < MAX_P_VALUE,
    )


def wilson_interval(rate: float, users: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927), which is also valid near 0 and 1."""
    centre = rate + _Z**2 / (2 * users)
    spread = _Z * math.sqrt(rate * (1 - rate) / users + (_Z / (2 * users)) ** 2)
    scale = 1 + _Z**2 / users
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)


def _standard_error(values: NDArray[np.float64]) -> float:
    return round(float(values.std()) / math.sqrt(len(values)), 5)
