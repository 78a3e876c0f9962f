"""Measured on the last days, which nothing was chosen by: every candidate beside popularity."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.base import Algorithm, Users
from core.recommender.candidates import LOOKS, POPULARITY
from core.recommender.evaluation.holdout import (
    Exam,
    answer,
    by_items,
    by_users,
    cold_share,
    figures,
)
from core.recommender.purchases import home_regions
from core.recommender.ranking.blend import Blend
from core.recommender.ranking.tuning import Choice
from core.recommender.training_window import Period

Row = dict[str, Any]
BLEND, WITHOUT_LOOKS = "blend", "blend without looks"


@dataclass(frozen=True)
class HeldOut:
    """Who is asked after which period: users who bought before, and users who did not."""

    period: Period
    returning: Exam
    new: Exam

    def figures(self, blend: Blend) -> Row:
        """All figures of one ranking."""
        exam, cold = self.returning, self.period.cold
        answers = answer(blend.top, exam)
        return figures(answers, int(self.period.rules.allowed.sum())) | {
            "cold_share@10": cold_share(answers, cold),
            "items": {
                "cold": by_items(answers, exam, cold),
                "warm": by_items(answers, exam, ~cold),
            },
            "users_by": by_users(answers, self._kinds(exam.users)),
            "countries": by_users(answers, self._countries(exam.users)),
        }

    def new_users(self, blend: Blend) -> Row:
        """What popularity does for those of whom nothing is known."""
        return figures(answer(blend.top, self.new), int(self.period.rules.allowed.sum()))

    def _kinds(self, users: Users) -> NDArray[np.str_]:
        return np.where(self.period.thin[users], "thin", "returning")

    def _countries(self, users: Users) -> NDArray[np.str_]:
        lines = self.period.interactions.lines
        homes = home_regions(lines)[users]
        return np.array([_country(lines.regions.keys[home]) for home in homes], np.str_)


def measure(
    held: HeldOut,
    fitted: Mapping[str, Algorithm],
    choice: Choice,
    report: Callable[[str], None],
) -> dict[str, Row]:
    """The figures of each algorithm alone and of the blend, by name, fitted to the period."""
    rows = {}
    for name, blend in _asked(held.period, fitted, choice).items():
        rows[name] = held.figures(blend)
        report(f"test: {name} NDCG@10 {rows[name]['ndcg@10']:.4f}")
    if len(held.new.users):
        popularity = held.period.alone(POPULARITY, fitted[POPULARITY])
        rows[POPULARITY]["new_users"] = held.new_users(popularity)
    return rows


def _asked(period: Period, fitted: Mapping[str, Algorithm], choice: Choice) -> dict[str, Blend]:
    asked = {name: period.alone(name, one) for name, one in fitted.items()}
    asked[BLEND] = period.blend(fitted, choice.weights)
    if LOOKS in fitted:
        asked[WITHOUT_LOOKS] = period.blend(fitted, choice.without_looks)
    return asked


def _country(key: str) -> str:
    return key.split("/", maxsplit=1)[0]
