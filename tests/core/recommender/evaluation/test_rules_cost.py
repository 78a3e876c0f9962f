import math

import numpy as np
import pytest
from scipy import sparse

from core.recommender.evaluation.holdout import HoldoutSet
from core.recommender.evaluation.rules_cost import measure_rules

SKUS = [f"S{number}" for number in range(20)]


def top(users, length):
    """Everybody's list is S0, S1, ...; only 15 items are eligible."""
    items = np.tile(np.arange(length), (len(users), 1))
    return items, np.where(items < 15, -items, -np.inf).astype(np.float32)


def holdout(*relevant):
    rows = sparse.csr_matrix(np.array([[sku in skus for sku in SKUS] for skus in relevant], float))
    return HoldoutSet(np.arange(len(relevant)), rows)


@pytest.mark.parametrize(
    ("rerank", "positions"),
    [
        (lambda skus: skus, (1, 3)),
        (lambda skus: [skus[2], *skus[:2], *skus[3:]], (2, 1)),
        (lambda skus: skus[1:], (None, 2)),
        (lambda skus: ["new", *skus], (2, 4)),
        (lambda skus: skus[::-1], (None, None)),
        (lambda skus: skus[:2], (1, None)),
        (lambda skus: [], (None, None)),
    ],
)
def test_the_cost_is_the_difference_of_ndcg(rerank, positions):
    """Both users have one relevant item, S0 and S2, so NDCG is 1 / log2(position + 1)."""
    cost = measure_rules(top, holdout(["S0"], ["S2"]), SKUS, rerank, 20)
    gains = [1 / math.log2(position + 1) if position else 0 for position in positions]
    assert cost.ndcg_at_10 == pytest.approx(sum(gains) / 2, abs=1e-5)
    assert cost.without_rules == pytest.approx((1 + 0.5) / 2, abs=1e-5)
    assert cost.users == 2


def test_items_that_are_not_eligible_reach_no_list():
    seen = []
    measure_rules(top, holdout(["S0"]), SKUS, lambda skus: seen.append(list(skus)) or skus, 20)
    assert seen == [SKUS[:15]]
