"""Estimates what merchandising rules cost: the hold-out's lists with and without them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import HoldoutSet, TopItems, find_hits
from core.recommender.ranking.best_items import block_size
from core.recommender.training_report import RulesCost

Rerank = Callable[[Sequence[str]], Sequence[str]]
"""Applies the rules to the SKUs of a list, best first; items may move, disappear and come in."""
MAX_USERS = 2000
_SHOWN = 10
_UNKNOWN = -1
"""Stands for an item without sales or images, which no user has bought, and for a free place."""


def measure_rules(
    top: TopItems, holdout: HoldoutSet, skus: Sequence[str], rerank: Rerank, length: int
) -> RulesCost:
    """Return the NDCG@10 of the same users' lists with and without rules.

    Args:
        skus: the SKUs of all items, in the order of their indices.
        length: number of items in a published list, to which rules apply.
    """
    sample = np.arange(0, len(holdout.users), max(len(holdout.users) // MAX_USERS, 1))[:MAX_USERS]
    users, relevant = holdout.users[sample], holdout.relevant[sample]
    index = {sku: number for number, sku in enumerate(skus)}
    plain: list[NDArray[np.intp]] = []
    ruled: list[NDArray[np.intp]] = []
    size = block_size(relevant.shape[1])
    for start in range(0, len(users), size):
        items, scores = top(users[start : start + size], length)
        for row, eligible in zip(items, np.isfinite(scores), strict=True):
            listed = [skus[item] for item in row[eligible]]
            plain.append(_first(index, listed))
            ruled.append(_first(index, rerank(listed)))
    counts = HoldoutSet(users, relevant).counts

    def ndcg(lists: list[NDArray[np.intp]]) -> float:
        items = np.array(lists)
        hits = find_hits(items, relevant) & (items != _UNKNOWN)
        return round(float(ranking_metrics.ndcg(hits, counts, _SHOWN).mean()), 5)

    return RulesCost(users=len(users), ndcg_at_10=ndcg(ruled), without_rules=ndcg(plain))


def _first(index: dict[str, int], skus: Sequence[str]) -> NDArray[np.intp]:
    """Return the indices of the items that are shown, padded to the same length."""
    items = [index.get(sku, _UNKNOWN) for sku in skus[:_SHOWN]]
    return np.array(items + [_UNKNOWN] * (_SHOWN - len(items)), np.intp)
