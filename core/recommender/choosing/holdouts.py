"""Holds out sales: which days, and which users are evaluated."""

import numpy as np

from core.recommender.evaluation.holdout import build_holdout
from core.recommender.evaluation.holdout_metrics import Holdout
from core.recommender.evaluation.split import (
    Split,
    count_returning,
    holdout_days,
    split,
    widened_days,
)
from core.recommender.item_index import ItemIndex
from core.recommender.options import RecommenderSettings
from core.recommender.order_line_arrays import OrderLines
from core.recommender.training_window import build_training_window

MAX_CELLS = 20_000_000  # users x items held in memory during evaluation


def choose_days(lines: OrderLines, settings: RecommenderSettings) -> float:
    """Return the length of the hold-out, extended if too few users would return in it."""
    if settings.test_days:
        return settings.test_days
    needed, repeats = settings.users_to_decide(lines.users), bool(settings.allow_repurchase)

    def enough(days: float) -> bool:
        test = split(lines, days, settings.seed)
        validation = split(test.training, days, settings.seed)
        return (
            count_returning(test, repeats=repeats) >= needed
            and count_returning(validation, repeats=repeats) >= settings.min_validation_users
        )

    return widened_days(lines, holdout_days(lines), enough)


def hold_out(parts: Split, index: ItemIndex, settings: RecommenderSettings) -> Holdout | None:
    """Return the hold-out, or None if there are no training lines or no returning users."""
    if not (len(parts.training) and len(parts.holdout)):
        return None
    ever_sold = np.zeros(len(index), bool)
    ever_sold[: index.sold_count] = True
    window = build_training_window(parts.training, index, settings, ever_sold)
    max_users = min(settings.max_evaluated_users, max(MAX_CELLS // parts.holdout.items, 1))
    returning, new = build_holdout(
        window.interactions, parts.holdout, window.eligibility, max_users, settings.seed
    )
    return Holdout(window, returning, new) if len(returning.users) else None
