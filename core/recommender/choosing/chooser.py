"""Chooses in three rounds: by earlier sales, by the last sales, and by each user's last purchases.

The first round chooses what is measured on the last sales, which have influenced nothing then. The
last round also learns from these, for what is published.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.recommender.candidates import USUAL_WEIGHTS, Variant
from core.recommender.choosing.choice import Choice, choose
from core.recommender.choosing.fold import FittedFold, Fold, build_fold, drop_hopeless
from core.recommender.choosing.holdouts import hold_out
from core.recommender.choosing.images import choose_cold_weight
from core.recommender.evaluation.holdout_metrics import Holdout
from core.recommender.evaluation.split import split_last_purchases
from core.recommender.item_index import ItemIndex
from core.recommender.options import RecommenderSettings
from core.recommender.order_line_arrays import OrderLines

ENOUGH_USERS = 300
"""If fewer users came back, every user's last purchases are held out, too. They are easier to
predict than what users buy after weeks, and therefore make up for what is missing, no more."""
MAX_OWN_USERS = 250


@dataclass(frozen=True)
class Chooser:
    """Chooses among variants for the items of a shop."""

    variants: Sequence[Variant]
    index: ItemIndex
    settings: RecommenderSettings
    log: Callable[[str], None]

    def fit(
        self, sales: str, holdout: Holdout | None, folds: Sequence[Fold] = ()
    ) -> FittedFold | None:
        """Fit all variants, except those that were hopeless in other folds, for a hold-out."""
        if holdout is None:
            return None
        variants = drop_hopeless(self.variants, folds)
        self.log(f"{len(variants)} variants; {sales}: {len(holdout.returning.users)} customers")
        return build_fold(sales, holdout, variants, self.log)

    def choose_first(self, fitted: FittedFold | None) -> Choice:
        """Choose by earlier sales, including the weight of cold items."""
        if fitted is None:
            return self.choose([])
        choice = self.choose([fitted.fold])
        if self.index.neighbours is None:
            return choice
        algorithms, holdout = fitted.by_family(choice.variants), fitted.holdout
        return choice.with_cold_weight(
            choose_cold_weight(holdout.window, holdout.returning, algorithms, choice.weights)
        )

    def choose(self, folds: Sequence[Fold], cold: float = 0.0) -> Choice:
        """Choose by folds; without any, everything is as usual."""
        return choose(folds, self.variants, USUAL_WEIGHTS).with_cold_weight(cold)

    def last_purchases(self, lines: OrderLines, folds: Sequence[Fold]) -> list[Fold]:
        """Return folds of users' last purchases, or nothing if enough users came back."""
        missing = ENOUGH_USERS - sum(fold.users for fold in folds)
        if missing <= 0 or not lines.has_times:
            return []
        split, several = split_last_purchases(lines, MAX_OWN_USERS, self.settings.seed)
        fitted = self.fit("last purchases", hold_out(split, self.index, self.settings), folds)
        if fitted is None:
            return []
        return share_out(fitted.fold, several[fitted.holdout.returning.users], missing)


def share_out(fold: Fold, came_back: NDArray[np.bool_], users: float) -> list[Fold]:
    """Split a fold by whether users had several orders; both parts count like half of `users`.

    If one part has too few users, the other makes up for it.
    """
    parts = [
        fold.select("the last orders of customers with several", came_back),
        fold.select("the last items of customers with one order", ~came_back),
    ]
    shares = [min(part.users, users / 2) for part in parts]
    shares = [
        min(part.users, users - other) for part, other in zip(parts, reversed(shares), strict=True)
    ]
    return [
        replace(part, user_weight=share / part.users)
        for part, share in zip(parts, shares, strict=True)
        if part.users
    ]
