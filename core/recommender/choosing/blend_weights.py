"""The weights of the blend of chosen variants."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from core.recommender.candidates import Variant
from core.recommender.choosing.fold import Fold
from core.recommender.choosing.gains import Metric, certain_gain, mean_metric
from core.recommender.choosing.weight_fitting import WeightedPool, fit_weights

LEAST_SHARE = 0.02
"""A smaller share of all weights is not worth the time to compute the scores."""
LEANINGS = (0.25, 0.5, 0.75, 1.0)
CLEAR_ERRORS = 2.0
"""In standard errors; a larger gain or loss is unlikely to be chance."""
HALFWAY = 0.5
TOLERATED_LOSS = 0.01
"""Share of NDCG@10. If a blend and its best part rank about equally well, their average hardly
ranks worse than either, whereas fitted weights may suit the folds better than later purchases."""
LEAST_USERS = 300
"""With fewer users, the lists of a blend and its best part may agree by chance."""
Weights = dict[str, float]
"""By family."""


class BlendFitter:
    """Fits the weights of families to folds.

    Args:
        folds: the folds; without any, the weights are the usual ones.
        chosen: the chosen variant of each family.
        usual: usual weights of some families.
    """

    def __init__(
        self, folds: Sequence[Fold], chosen: Mapping[str, Variant], usual: Mapping[str, float]
    ) -> None:
        self._folds, self._chosen, self._usual = folds, chosen, usual

    @cached_property
    def weights(self) -> Weights:
        """The best weights; they sum to 1.

        They lean towards the best family where this clearly ranks better: the objective of
        `fit_weights` is smooth, and may miss what NDCG sees. They lean halfway towards it where
        this certainly costs little.
        """
        names = {str(variant): family for family, variant in self._chosen.items()}
        prior = {name: self._usual[row] for name, row in names.items() if row in self._usual}
        pools = [
            WeightedPool(fold.pool.narrow(list(names)), fold.user_weight) for fold in self._folds
        ]
        fitted = fit_weights(pools, list(names), prior)
        return self._lean(normalize({names[name]: weight for name, weight in fitted.items()}))

    def gain(self, weights: Weights, others: Weights, errors: float) -> float:
        """Return the gain of weights over others, less this many standard errors."""
        return certain_gain(self._folds, self._ndcg(weights), self._ndcg(others), errors)

    def _lean(self, weights: Weights) -> Weights:
        best = {self._best_family(): 1.0}
        leaning = {share: normalize(_mix(weights, best, share)) for share in LEANINGS}
        gains = {share: self.gain(row, weights, CLEAR_ERRORS) for share, row in leaning.items()}
        gain, share = max((gain, share) for share, gain in gains.items())
        if gain > 0:
            return leaning[share]
        least = -TOLERATED_LOSS * self._mean_ndcg(weights)
        enough = sum(fold.users for fold in self._folds) >= LEAST_USERS
        return leaning[HALFWAY] if enough and gains[HALFWAY] > least else weights

    def _best_family(self) -> str:
        return max(self._chosen, key=lambda family: self._mean_ndcg({family: 1.0}))

    def _mean_ndcg(self, weights: Weights) -> float:
        return mean_metric(self._folds, self._ndcg(weights))

    def _ndcg(self, weights: Weights) -> Metric:
        by_name = {str(self._chosen[family]): weight for family, weight in weights.items()}
        return lambda fold: fold.pool.ndcg(fold.pool.blend(by_name))


def normalize(weights: Weights) -> Weights:
    """Drop small weights, and scale the others to a sum of 1."""
    total = sum(weights.values())
    large = {name: weight for name, weight in weights.items() if weight > LEAST_SHARE * total}
    total = sum(large.values())
    return {name: round(weight / total, 4) for name, weight in large.items()}


def _mix(weights: Weights, others: Weights, share: float) -> Weights:
    return {
        name: (1 - share) * weights.get(name, 0.0) + share * others.get(name, 0.0)
        for name in {**weights, **others}
    }
