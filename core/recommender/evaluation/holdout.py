"""Hold-out users, and metrics of the lists that a ranking produces for them.

The main metric is NDCG@10 over returning users, who bought before the split and bought further
items after it. Only eligible items are relevant.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Users
from core.recommender.evaluation import ranking_metrics
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import OrderLines
from core.recommender.ranking.best_items import block_size
from core.recommender.ranking.eligibility import Eligibility
from core.recommender.training_report import Metrics

TopItems = Callable[[Users, int], tuple[NDArray[np.intp], NDArray[np.float32]]]
"""Maps users and a list length to items and scores, (users, length) each."""
LIST_LENGTH = 20
MAX_GROUPS = 8


@dataclass(frozen=True)
class HoldoutSet:
    """Users to evaluate, and their relevant purchases in the hold-out."""

    users: Users
    relevant: sparse.csr_matrix
    """(len(users), items); no row is empty."""

    @property
    def counts(self) -> NDArray[np.int32]:
        """Number of relevant items of each user."""
        return np.asarray(np.diff(self.relevant.indptr))


@dataclass(frozen=True)
class RankedLists:
    """Ranked lists of the users of a hold-out set."""

    items: NDArray[np.intp]
    hits: NDArray[np.bool_]
    counts: NDArray[np.int32]

    @property
    def ndcg(self) -> NDArray[np.float64]:
        """NDCG@10 of each user."""
        return ranking_metrics.ndcg(self.hits, self.counts, 10)

    @property
    def recall(self) -> NDArray[np.float64]:
        """Recall@20 of each user."""
        return ranking_metrics.recall(self.hits, self.counts, 20)


def build_holdout(
    training: Interactions, lines: OrderLines, eligibility: Eligibility, max_users: int, seed: int
) -> tuple[HoldoutSet, HoldoutSet]:
    """Return hold-out sets of returning and of new users, each of at most `max_users` users."""
    relevant = _only_eligible(Interactions(lines).purchase_matrix(), eligibility)
    users = np.flatnonzero(np.diff(relevant.indptr))
    returns = np.diff(training.purchase_matrix().indptr)[users] > 0
    rng = np.random.default_rng(seed)
    returning, new = (
        np.sort(rng.permutation(group)[:max_users]) for group in (users[returns], users[~returns])
    )
    return HoldoutSet(returning, relevant[returning]), HoldoutSet(new, relevant[new])


def rank_users(top: TopItems, holdout: HoldoutSet) -> RankedLists:
    """Rank items for every user of the set, in blocks."""
    size = block_size(holdout.relevant.shape[1])
    items = np.concatenate([
        top(holdout.users[start : start + size], LIST_LENGTH)[0]
        for start in range(0, len(holdout.users), size)
    ])
    return RankedLists(items, find_hits(items, holdout.relevant), holdout.counts)


def find_hits(items: NDArray[np.intp], relevant: sparse.csr_matrix) -> NDArray[np.bool_]:
    """Mark the relevant items in each user's ranked list."""
    rows = np.repeat(np.arange(len(items)), items.shape[1])
    hits = np.asarray(relevant[rows, items.ravel()]) != 0
    return np.asarray(hits.reshape(items.shape))


def overall_metrics(
    lists: RankedLists, eligible_items: int, is_cold: NDArray[np.bool_]
) -> dict[str, Any]:
    """Return all metrics of `CandidateResult` that need no segments."""
    first = lists.items[:, :10]
    precision = ranking_metrics.average_precision(lists.hits, lists.counts, 12)
    return {
        "users": len(lists.counts),
        "ndcg_at_10": _mean(lists.ndcg),
        "recall_at_20": _mean(lists.recall),
        "map_at_12": _mean(precision),
        "coverage_at_10": round(len(np.unique(first)) / max(eligible_items, 1), 5),
        "cold_share_at_10": _mean(is_cold[first].ravel()),
    }


def item_metrics(lists: RankedLists, holdout: HoldoutSet, items: NDArray[np.bool_]) -> Metrics:
    """Return the recall of the given items over the users to whom any of them is relevant."""
    relevant = holdout.relevant[:, np.flatnonzero(items)]
    counts = np.diff(relevant.indptr)
    rows = counts > 0
    if not rows.any():
        return Metrics()
    hits = (lists.hits & items[lists.items])[rows]
    recall = ranking_metrics.recall(hits, counts[rows], 20)
    return Metrics(users=int(rows.sum()), recall_at_20=_mean(recall))


def user_metrics(lists: RankedLists, groups: NDArray[np.str_]) -> dict[str, Metrics]:
    """Return metrics for each of the largest groups; `groups` (users,) names each user's group."""
    names, sizes = np.unique(groups, return_counts=True)
    largest = names[np.argsort(-sizes, kind="stable")[:MAX_GROUPS]]
    return {
        str(name): Metrics(
            users=int((groups == name).sum()),
            ndcg_at_10=_mean(lists.ndcg[groups == name]),
            recall_at_20=_mean(lists.recall[groups == name]),
        )
        for name in largest
    }


def _only_eligible(purchases: sparse.csr_matrix, eligibility: Eligibility) -> sparse.csr_matrix:
    pairs = purchases.tocoo()
    excluded = np.asarray(eligibility.excluded[pairs.row, pairs.col]).ravel() != 0
    rows = eligibility.allowed[pairs.col] & ~excluded
    ones = np.ones(rows.sum(), np.float32)
    return sparse.csr_matrix((ones, (pairs.row[rows], pairs.col[rows])), shape=purchases.shape)


def _mean(values: NDArray[Any]) -> float:
    return round(float(values.mean()), 5) if len(values) else 0.0
