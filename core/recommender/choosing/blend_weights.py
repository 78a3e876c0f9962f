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
"""Gain, in standard errors, above which weights lean towards the best part of the blend."""
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
        `fit_weights` is smooth, and may miss what NDCG sees.
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
        best = max(
            self._chosen, key=lambda family: mean_metric(self._folds, self._ndcg({family: 1}))
        )
        leaning = [normalize(_mix(weights, {best: 1.0}, share)) for share in LEANINGS]
        gain, number = max(
            (self.gain(row, weights, CLEAR_ERRORS), number) for number, row in enumerate(leaning)
        )
        return leaning[number] if gain > 0 else weights

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
