import numpy as np
import pytest
from scipy.special import softmax

from core.recommender.choosing.weight_fitting import WeightedPool, fit_weights
from core.recommender.ranking.score_pool import ScorePool

NAMES = ["signal", "weak", "noise"]
USUAL = {"weak": 1.0}


def pool(users: int, seed: int = 0) -> ScorePool:
    """Two of twenty items are relevant; one algorithm sees them well, one badly, one not at all."""
    rng = np.random.default_rng(seed)
    relevant = rng.random((users, 20)).argsort(axis=1) < 2
    strength = {"signal": 2.0, "weak": 0.5, "noise": 0.0}
    values = {
        name: (factor * relevant + rng.normal(size=relevant.shape)).astype(np.float32)
        for name, factor in strength.items()
    }
    return ScorePool(values, relevant, relevant.sum(axis=1).astype(np.int32))


def objective(pool: ScorePool, weights: dict[str, float], shrinkage: float) -> float:
    """The objective, computed user by user."""
    hits = 0.0
    for user, relevant in enumerate(pool.relevant):
        used = ~np.isneginf(pool.values[NAMES[0]][user])
        scores = sum(weights[name] * pool.values[name][user][used] for name in NAMES)
        hits += softmax(scores)[relevant[used]].sum()
    distance = sum((weights[name] - USUAL.get(name, 0)) ** 2 for name in NAMES)
    return hits - shrinkage / 2 * distance


def test_the_weights_follow_what_customers_bought():
    weights = fit_weights([WeightedPool(pool(400))], NAMES, USUAL)
    assert weights["signal"] > 1.5 * weights["weak"] > 0
    assert weights["noise"] < 0.1 * weights["signal"]


def test_no_other_weights_are_better():
    data = pool(60)
    data.values["signal"][:, 15:] = data.values["weak"][:, 15:] = -np.inf
    data.values["noise"][:, 15:] = -np.inf
    data.relevant[:, 15:] = False
    weights = fit_weights([WeightedPool(data)], NAMES, USUAL, shrinkage=3)
    best = objective(data, weights, 3)
    for name in NAMES:
        for change in (-0.05, 0.05):
            others = weights | {name: max(weights[name] + change, 0)}
            assert objective(data, others, 3) <= best + 1e-3


def test_without_customers_the_weights_are_the_usual_ones():
    nobody = pool(1).narrow(NAMES)
    nobody.relevant[:] = False
    for pools in ([], [WeightedPool(nobody)]):
        weights = fit_weights(pools, NAMES, USUAL)
        assert list(weights.values()) == pytest.approx([0, 1, 0], abs=1e-4)


def test_the_fewer_customers_the_closer_are_the_weights_to_the_usual_ones():
    few, many = (fit_weights([WeightedPool(pool(users))], NAMES, USUAL) for users in (5, 400))
    assert 0 < few["signal"] < 0.5 * many["signal"]


def test_a_fold_counts_by_its_user_weight():
    contrary = pool(400, seed=1)
    contrary.values["signal"], contrary.values["noise"] = (
        contrary.values["noise"], contrary.values["signal"],
    )  # fmt: skip
    folds = [WeightedPool(pool(400))]
    light, equal = (
        fit_weights([*folds, WeightedPool(contrary, weight)], NAMES, USUAL) for weight in (0.05, 1)
    )
    assert light["noise"] < 0.3 * light["signal"]
    assert equal["noise"] == pytest.approx(equal["signal"], rel=0.3)
