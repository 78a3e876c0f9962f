"""The training report: the measurements, choices and decision of a training run.

The API imports this module, which needs no numpy.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from pydantic.dataclasses import dataclass

from core.recommender.training_summary import CatalogueCoverage, TrainingSummary

MODEL, POPULARITY = "model", "popularity"
"""Values of `PublicationDecision.published`."""
BLEND, BLEND_WITHOUT_IMAGES = "blend", "blend without images"
"""Names of rankings in `TrainingReport.holdout`, besides the families."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Metrics(_Part):
    """Means over users; null if nothing was measured."""

    users: int = 0
    ndcg_at_10: float | None = None
    recall_at_20: float | None = None


class CandidateResult(Metrics):
    """Metrics of one ranking on the hold-out."""

    hit_rate_at_10: float | None = None
    """Share of the users who find at least one of their next purchases among the first 10."""
    hit_rate_standard_error: float | None = None
    map_at_12: float | None = None
    coverage_at_10: float | None = None
    """Share of the eligible items that are among the first 10 of at least one user."""
    cold_share_at_10: float | None = None
    """Share of cold items among the first 10."""
    segments: dict[str, Metrics] = {}
    """Metrics by group of users or items, under a readable label. Groups of items have no NDCG."""


class SegmentResult(_Part):
    """Metrics of the model and of popularity on the same segment."""

    segment: str
    users: int
    model: Metrics
    popularity: Metrics


class AlgorithmSettings(_Part):
    """A family of algorithms and the settings of one variant."""

    family: str = ""
    settings: dict[str, int | float | str | None] = {}

    def __str__(self) -> str:
        settings = (f"{name} {value}" for name, value in self.settings.items())
        return ", ".join([self.family, *settings])


class ValidatedCandidate(AlgorithmSettings):
    """A variant with its validation result."""

    ndcg_at_10: float


class FoldSummary(_Part):
    """Held-out purchases by which variants and weights were chosen."""

    sales: str
    """Which purchases, in words."""
    users: int
    user_weight: float = 1.0
    """How much a customer counts, compared with one who came back in the last days."""


class HoldoutSplit(_Part):
    """How the sales were split into training and hold-out lines."""

    by: str | None = None
    """`time`, or `user` if times are unknown."""
    days: float | None = None
    training_lines: int | None = None
    holdout_lines: int | None = None


@dataclass(frozen=True, config=ConfigDict(use_attribute_docstrings=True))
class BlendWeights:
    """How the scores of algorithms are blended."""

    algorithms: dict[str, float] = field(default_factory=dict)
    """Weight of each algorithm, by name."""
    cold: float = 0.0
    """Share of the score of similar items that a cold item inherits; 0 disables inheritance."""

    def uses(self, name: str) -> bool:
        """Return whether an algorithm has a weight."""
        return bool(self.algorithms.get(name))

    @property
    def rows(self) -> list[tuple[str, float]]:
        """Name and weight of each algorithm, the largest weight first."""
        return sorted(self.algorithms.items(), key=lambda row: (-row[1], row[0]))


class IncumbentComparison(_Part):
    """The live generation's settings (incumbent) against the new choice (challenger).

    Both are measured on the same hold-out; the figures are null if there was no comparison.
    """

    generation: str | None = None
    incumbent_won: bool = False
    """Whether the incumbent's settings were clearly better, and therefore stay."""
    reason: str | None = None
    users: int = 0
    incumbent_ndcg_at_10: float | None = None
    challenger_ndcg_at_10: float | None = None


class SalesPeriod(_Part):
    """The times of the first and the last order line that counted."""

    first: datetime
    last: datetime


class PublicationDecision(_Part):
    """The published ranking, `model` or `popularity`, and the reason."""

    published: str | None = None
    reason: str | None = None
    gain: float | None = None
    """NDCG@10 of the model minus that of popularity; null if no customer came back."""
    gain_error: float | None = None
    """Standard error of the gain."""


class DominantCustomer(_Part):
    """A customer with an implausible share of all orders, such as the shop's own account."""

    customer: str
    """In the report of a server, a pseudonym, as in the logs."""
    orders: int
    share: float
    """Share of all orders."""


class IgnoredSales(_Part):
    """Order lines that are kept in the store, but from which nothing was learned."""

    too_old: int = 0
    """Order lines dated long before the other sales."""
    too_new: int = 0
    """Order lines dated long after the other sales."""
    of_dominant_customers: int = 0
    """Order lines of the customers below."""
    customers: list[DominantCustomer] = []
    """Customers with an implausible share of all orders, such as the account of all guests."""
    notes: list[str] = []
    """What was ignored or assumed because of dates, in sentences."""


class LinksReport(_Part):
    """The links between items that are bought together, and how they are weighed."""

    orders: int = 0
    """Orders that counted; orders of more than 100 items do not."""
    items: int = 0
    """Items that have links."""
    links: int = 0
    weights: str = ""
    """How links are weighed: `ease` or `cosine`."""
    popularity_weight: float = 0.0
    """Weight of the most popular item, beside the weights of links."""
    baskets: int = 0
    """Baskets that chose the weights: the last orders, each without one item."""
    ndcg_at_10: dict[str, float] = {}
    """How well the item left out was ranked; empty if there were too few baskets to choose by."""


class RepurchaseReport(_Part):
    """Whether a customer's earlier purchases may be recommended again."""

    allowed: bool = False
    measured: bool = False
    """Whether the sales decided; otherwise, the setting `allow_repurchase` did."""
    customers: int = 0
    """Customers with several orders."""
    share: float | None = None
    """Share of the items in later orders that are in an earlier order of the customer; the mean
    over customers."""
    chance: float | None = None
    """The share to expect if customers chose by popularity only."""
    reason: str = ""
    """All this in a sentence."""


class RulesCost(_Part):
    """What the merchandising rules for lists cost, estimated with customers of the hold-out."""

    users: int
    ndcg_at_10: float
    without_rules: float
    """NDCG@10 of the same lists before the rules are applied."""


class LinePlace(_Part):
    """Where an order line was imported from; the header of a file is line 1."""

    upload: str
    file: str
    line: int


class UncountedLines(_Part):
    """Imported order lines that do not count as purchases, for the same reason."""

    reason: str
    lines: int
    examples: list[LinePlace] = []
    """The first of them, at most 5."""


class TrainingReport(_Part):
    """The measurements, choices and decision of a training run."""

    order_lines: int | None = None
    users: int | None = None
    items: int | None = None
    """The SKUs that were sold, including those that are no items of the collection."""
    trained_at: datetime | None = None
    period: SalesPeriod | None = None
    """Null if the times of the sales are unknown."""
    uncounted: list[UncountedLines] | None = None
    """Why fewer order lines count than were imported; `order_lines` is without these. Null if the
    training run did not record it."""
    ignored: IgnoredSales = IgnoredSales()
    decision: PublicationDecision = PublicationDecision()
    summary: TrainingSummary = TrainingSummary()
    catalogue: CatalogueCoverage | None = None
    """Null until all lists are built."""
    repurchase: RepurchaseReport = RepurchaseReport()
    uses_images: bool = False
    """Whether visual similarity was informative enough to be used."""
    split: HoldoutSplit = HoldoutSplit()
    validation: list[ValidatedCandidate] = []
    """Every variant tried; empty if no user came back."""
    folds: list[FoldSummary] = []
    """By what variants and weights were chosen; if empty, they are the usual ones."""
    chosen: list[AlgorithmSettings] = []
    """The variant of each family, the best family first."""
    weights: BlendWeights = BlendWeights()
    holdout: dict[str, CandidateResult] = {}
    """Metrics by ranking: the blend, popularity, then the other rankings by NDCG@10."""
    segments: list[SegmentResult] = []
    incumbent: IncumbentComparison | None = None
    links: LinksReport = LinksReport()
    rules: RulesCost | None = None
    """Null if there were no rules for lists, or no customers to measure them with."""
    seconds: dict[str, float] = {}
    """Duration of each stage."""

    def with_pseudonyms(self, pseudonym_of: Callable[[str], str]) -> "TrainingReport":
        """Return the report with pseudonyms in place of customers."""
        customers = [
            row.model_copy(update={"customer": pseudonym_of(row.customer)})
            for row in self.ignored.customers
        ]
        ignored = self.ignored.model_copy(update={"customers": customers})
        return self.model_copy(update={"ignored": ignored})


def sort_results(results: Mapping[str, CandidateResult]) -> dict[str, CandidateResult]:
    """Sort rankings for display: the blend, popularity, then the other rankings by NDCG@10."""
    by_ndcg = sorted(results.items(), key=lambda row: -(row[1].ndcg_at_10 or 0.0))
    return dict(sorted(by_ndcg, key=lambda row: (row[0] != BLEND, row[0] != POPULARITY)))


def compare_segments(results: Mapping[str, CandidateResult]) -> list[SegmentResult]:
    """Pair the segments of the blend with the segments of popularity."""
    empty = CandidateResult()
    segments = [results.get(name, empty).segments for name in (BLEND, POPULARITY)]
    rows = []
    for name in dict.fromkeys([*segments[1], *segments[0]]):
        model, popularity = (group.get(name, Metrics()) for group in segments)
        users = max(model.users, popularity.users)
        rows.append(SegmentResult(segment=name, users=users, model=model, popularity=popularity))
    return rows
