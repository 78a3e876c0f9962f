"""The training of a recommender, with its report, as frozen dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lookalike.models import ResponseModel


@dataclass(frozen=True)
class HitComparison(ResponseModel):
    """Shares of the returning customers who find something they bought among ten items."""

    customers: int
    model: float
    popularity: float
    model_standard_error: float
    popularity_standard_error: float
    difference_standard_error: float
    is_clear: bool
    """Whether the difference between model and popularity is larger than chance explains."""


@dataclass(frozen=True)
class ExampleCustomer(ResponseModel):
    """SKUs that a customer, who is not named, would have been shown, and bought next."""

    label: str
    place: int
    """Place of the list among all lists that were measured; 1 is the best."""
    recommended: tuple[str, ...]
    bought: tuple[str, ...]
    """At most ten; those in `recommended` come first."""
    bought_count: int


@dataclass(frozen=True)
class PreviousTraining(ResponseModel):
    """What the lists that were live before were learned from."""

    trained_at: datetime | None
    order_lines: int | None
    users: int | None
    items: int | None
    hit_rate_at_10: float | None


@dataclass(frozen=True)
class TrainingSummary(ResponseModel):
    """What a training run means for the shop."""

    sentences: tuple[str, ...] = ()
    """The result in plain words, the most important sentence first."""
    best_algorithm: str | None = None
    """Why a blend is published although one of its algorithms ranked better; None if none did."""
    hits: HitComparison | None = None
    examples: tuple[ExampleCustomer, ...] = ()
    examples_are: str = ""
    """How the examples were chosen."""
    previous: PreviousTraining | None = None


@dataclass(frozen=True)
class CatalogueCoverage(ResponseModel):
    """How many of a shop's items are in at least one customer's list."""

    items: int
    items_in_lists: int
    sentence: str
    unseen: tuple[str, ...] = ()
    """SKUs of some of the items that are in nobody's list; at most 24."""


@dataclass(frozen=True)
class Training(ResponseModel):
    """The generation being served, with its training report."""

    generation: str | None
    previous: str | None
    stale: bool
    trained_at: datetime | None = None
    report: Mapping[str, Any] | None = None
    candidate: str | None = None
    """The newest generation while a rollback holds; it is not served."""
    rolled_back_at: datetime | None = None
    """When the rollback began that holds."""
    refusal: str | None = None
    """Why the newest training run was refused."""

    @property
    def summary(self) -> TrainingSummary:
        """What the report means for the shop; empty before the first training run."""
        return TrainingSummary.from_json((self.report or {}).get("summary") or {})

    @property
    def catalogue(self) -> CatalogueCoverage | None:
        """How much of the catalogue the lists show; None before the first training run."""
        coverage = (self.report or {}).get("catalogue")
        return CatalogueCoverage.from_json(coverage) if coverage else None
