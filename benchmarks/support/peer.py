"""A recommender to compare ours with: how it learns, and the settings to choose from.

Where repeats count, it is also chosen whether to leave out what a customer has bought before.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.support.sales_splits import Items, Split
from core.recommender.evaluation.holdout import LIST_LENGTH
from core.recommender.ranking.best_items import best

BLOCK_CELLS = 4_000_000
"""Users x the larger of users and items whose scores are computed at a time."""

Scores = NDArray[np.floating[Any]]
Score = Callable[[NDArray[np.intp]], Scores]
"""Takes users; returns the scores of all items, (users, items)."""
Settings = Mapping[str, Any]


class TooLarge(Exception):
    """A recommender would need too much time or memory; the message says for how many of what."""


@dataclass(frozen=True)
class Peer:
    """A recommender with the settings to choose from, the usual ones first."""

    learn: Callable[..., Score]
    """Takes a split and settings; learns from the training lines of the split."""
    choices: Settings = field(default_factory=dict)
    """The values of each setting."""
    max_items: int = 50_000
    max_users: int = 200_000

    def rank(self, split: Split, validation: Split) -> Items:
        """Rank by the settings that are best on the validation split.

        Raises:
            TooLarge: there are too many items or customers.
        """
        users, items = split.purchases.shape
        if items > self.max_items:
            raise TooLarge(f"too many items ({items:,} > {self.max_items:,})")
        if users > self.max_users:
            raise TooLarge(f"too many customers ({users:,} > {self.max_users:,})")
        settings, only_new = self._choose(validation)
        return top(split, self.learn(split, **settings), only_new=only_new)

    def _choose(self, validation: Split) -> tuple[Settings, bool]:
        """Return the best settings, and whether to leave out what a customer has bought before."""
        values = product(*self.choices.values())
        settings = [dict(zip(self.choices, row, strict=True)) for row in values]
        only_new = (False, True) if validation.repeats else (True,)
        if len(settings) * len(only_new) == 1 or not len(validation.users):
            return settings[0], only_new[0]
        results = [
            (ndcg, number, leave_out)
            for number, row in enumerate(settings)
            for ndcg, leave_out in self._validate(validation, row, only_new)
        ]
        _, number, leave_out = max(results, key=itemgetter(0))
        return settings[number], leave_out

    def _validate(
        self, validation: Split, settings: Settings, only_new: Sequence[bool]
    ) -> Iterator[tuple[float, bool]]:
        score = self.learn(validation, **settings)
        for leave_out in only_new:
            items = top(validation, score, only_new=leave_out)
            yield float(validation.ndcg(items).mean()), leave_out


def top(split: Split, score: Score, *, only_new: bool) -> Items:
    """Rank, for each user of a split, all items, or only those that are new to the user."""
    step = max(BLOCK_CELLS // max(split.purchases.shape), 1)
    blocks = [split.users[start : start + step] for start in range(0, len(split.users), step)]
    bought = split.purchases if only_new else None
    return np.concatenate([_top(users, score(users), bought) for users in blocks])


def _top(users: NDArray[np.intp], scores: Scores, bought: sparse.csr_matrix | None) -> Items:
    scores = scores.astype(np.float32)
    if bought is not None:
        scores[bought[users].nonzero()] = -np.inf
    items, values = best(scores, LIST_LENGTH)
    return np.where(values > -np.inf, items, -1)
