"""The shapes on the wire of sales and recommendations."""

from datetime import datetime
from typing import Any

from api.schemas.models import Page, Shape


class SalesUploadOut(Shape):
    """A sales file that was taken in, and what was found in it."""

    id: str
    filename: str
    imported_at: datetime
    report: dict[str, Any]
    """Rows read and set aside; which column was taken as which, dates and how they were read; skus
    that the collection lacks."""


class SalesOut(Shape):
    """All sales files of a collection."""

    items: list[SalesUploadOut]
    next_cursor: None = None


class RecommenderOut(Shape):
    """Which generation of lists is served, and what its training found."""

    generation: str | None
    """The lists that are served: the id of the training that made them; null: none yet."""
    previous: str | None
    """What a rollback would serve."""
    trained_at: datetime | None
    stale: bool
    """Whether sales or items have changed since."""
    report: dict[str, Any] | None
    """Every candidate's figures, the blend, segments; as a page at `report`."""


class PurchaseOut(Shape):
    """Something that a customer has bought."""

    sku: str
    at: datetime


class UserOut(Shape):
    """A customer."""

    user: str
    orders: int
    purchases: list[PurchaseOut]
    """The last of them."""


class RecommendationOut(Shape):
    """An item that is offered, and why."""

    sku: str
    score: float
    """Standard deviations above the ordinary item; to compare within this list alone."""
    image_url: str
    reasons: list[dict[str, Any]]
    """Each with its `kind`: bought_together, looks_like, popular or new; and its evidence."""


class RecommendationsOut(Shape):
    """What is offered to a customer."""

    user: str
    generation: str
    personal: bool
    """Whether the list is this customer's own, or what is popular."""
    recommendations: list[RecommendationOut]


class UsersPage(Page):
    """Some customers."""

    items: list[UserOut]
