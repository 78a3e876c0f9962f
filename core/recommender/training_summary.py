"""The part of a training report for the shop owner: sentences, and examples of lists.

The API imports this module, which needs no numpy.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class HitComparison(_Part):
    """How many returning customers find something they bought among the first ten items.

    All figures are shares of the customers who were measured.
    """

    customers: int
    model: float
    popularity: float
    model_standard_error: float
    popularity_standard_error: float
    difference_standard_error: float
    """Of the difference between model and popularity, which have the same customers."""
    is_clear: bool
    """Whether the difference is larger than chance explains."""


class ExampleCustomer(_Part):
    """A returning customer, who is not named."""

    label: str
    """How good the list was, compared with the other customers' lists."""
    place: int
    """Place of the list among all lists that were measured; 1 is the best."""
    recommended: list[str]
    """SKUs of the first ten items that would have been shown, best first."""
    bought: list[str]
    """SKUs of what the customer bought next, at most ten; those in `recommended` come first."""
    bought_count: int
    """Number of different items that the customer bought next."""


class PreviousTraining(_Part):
    """What the lists that were live before were learned from."""

    trained_at: datetime | None
    order_lines: int | None
    users: int | None
    items: int | None
    hit_rate_at_10: float | None


class TrainingSummary(_Part):
    """What a training run means for the shop."""

    sentences: list[str] = []
    """The result in plain words, the most important sentence first."""
    best_algorithm: str | None = None
    """Why a blend is published although one of its algorithms ranked better; null if none did."""
    hits: HitComparison | None = None
    """Null if no customer came back."""
    examples: list[ExampleCustomer] = []
    """Up to five customers, the best list first."""
    examples_are: str = ""
    """How the examples were chosen."""
    previous: PreviousTraining | None = None
    """Null if nothing was live before."""


class CatalogueCoverage(_Part):
    """How many items occur in the list of at least one customer."""

    items: int
    """Items that could be recommended."""
    items_in_lists: int
    sentence: str
    unseen: list[str] = []
    """SKUs of some of the items that are in nobody's list; at most 24."""
