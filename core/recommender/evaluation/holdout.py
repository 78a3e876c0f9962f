"""How good a ranking would have been on what users bought next.

The main figure is NDCG@10 over returning users: those who bought before the split and bought
something new to them after it. Only what is new to them, and allowed, counts.
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
from core.recommender.purchases import Lines
from core.recommender.ranking.eligibility import Rules

Top = Callable[[Users, int], tuple[NDArray[np.intp], NDArray[np.float32]]]
LENGTH = 20
BLOCK = 256
COUNTRIES = 8


@dataclass(frozen=True)
class Exam:
    """Users to be tested, and what they bought."""

    users: Users
    relevant: sparse.csr_matrix
    """(len(users), items), not empty in any row."""

    @property
    def counts(self) -> NDArray[np.int32]:
        """How many items are relevant to each user."""
        return np.asarray(np.diff(self.relevant.indptr))


@dataclass(frozen=True)
class Answers:
    """The lists an exam was answered with."""

    items: NDArray[np.intp]
    hits: NDArray[np.bool_]
    counts: NDArray[np.int32]

    @property
    def ndcg(self) -> NDArray[np.float64]:
        """NDCG@10 of each user."""
        return ranking_metrics.ndcg(self.hits, self.counts, 10)


def exams(
    learned: Interactions, held: Lines, rules: Rules, most: int, seed: int
) -> tuple[Exam, Exam]:
    """The exam of returning users, and that of new ones; at most `most` users in each."""
    bought = Interactions(held).weighted()
    relevant = _without(bought, rules)
    asked = np.flatnonzero(np.diff(relevant.indptr))
    known = np.diff(learned.weighted().indptr)[asked] > 0
    rng = np.random.default_rng(seed)
    returning, new = (
        np.sort(rng.permutation(group)[:most]) for group in (asked[known], asked[~known])
    )
    return Exam(returning, relevant[returning]), Exam(new, relevant[new])


def answer(top: Top, exam: Exam, length: int = LENGTH) -> Answers:
    """Ask for every user's list, in blocks."""
    items = np.concatenate([
        top(exam.users[start : start + BLOCK], length)[0]
        for start in range(0, len(exam.users), BLOCK)
    ])
    return Answers(items, hits_of(items, exam.relevant), exam.counts)


def hits_of(items: NDArray[np.intp], relevant: sparse.csr_matrix) -> NDArray[np.bool_]:
    """Whether each user's items are relevant to that user."""
    rows = np.repeat(np.arange(len(items)), items.shape[1])
    found = np.asarray(relevant[rows, items.ravel()]) != 0
    return np.asarray(found.reshape(items.shape))


def figures(answers: Answers, open_items: int) -> dict[str, Any]:
    """All figures, each the mean over users."""
    hits, counts = answers.hits, answers.counts
    return {
        "users": len(counts),
        "ndcg@10": _mean(answers.ndcg),
        "recall@20": _mean(ranking_metrics.recall(hits, counts, 20)),
        "map@12": _mean(ranking_metrics.average_precision(hits, counts, 12)),
        "coverage@10": round(len(np.unique(answers.items[:, :10])) / max(open_items, 1), 5),
    }


def cold_share(answers: Answers, cold: NDArray[np.bool_]) -> float:
    """The share of cold items in the first 10."""
    return _mean(cold[answers.items[:, :10]].ravel())


def by_items(answers: Answers, exam: Exam, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """Recall of the chosen items alone, over the users who bought any of them."""
    only = exam.relevant[:, np.flatnonzero(chosen)]
    counts = np.diff(only.indptr)
    rows = counts > 0
    hits = (answers.hits & chosen[answers.items])[rows]
    return {
        "users": int(rows.sum()),
        "recall@20": _mean(ranking_metrics.recall(hits, counts[rows], 20)),
    }


def by_users(answers: Answers, groups: NDArray[np.str_]) -> dict[str, dict[str, Any]]:
    """NDCG@10 and recall@20 of the largest groups of users."""
    names, sizes = np.unique(groups, return_counts=True)
    largest = names[np.argsort(-sizes, kind="stable")[:COUNTRIES]]
    recall = ranking_metrics.recall(answers.hits, answers.counts, 20)
    return {
        str(name): {
            "users": int((groups == name).sum()),
            "ndcg@10": _mean(answers.ndcg[groups == name]),
            "recall@20": _mean(recall[groups == name]),
        }
        for name in largest
    }


def _without(bought: sparse.csr_matrix, rules: Rules) -> sparse.csr_matrix:
    pairs = bought.tocoo()
    left_out = np.asarray(rules.left_out[pairs.row, pairs.col]).ravel() != 0
    kept = rules.allowed[pairs.col] & ~left_out
    ones = np.ones(kept.sum(), np.float32)
    return sparse.csr_matrix((ones, (pairs.row[kept], pairs.col[kept])), shape=bought.shape)


def _mean(values: NDArray[Any]) -> float:
    return round(float(values.mean()), 5) if len(values) else 0.0
