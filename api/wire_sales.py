"""The shapes on the wire of sales and recommendations."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from api.wire import Page


class SalesUploadOut(BaseModel):
    """A sales file that was taken in, and what was found in it."""

    id: str
    filename: str
    imported_at: datetime
    report: dict[str, Any]


class SalesOut(BaseModel):
    """All sales files of a collection."""

    items: list[SalesUploadOut]
    next_cursor: None = None


class RecommenderOut(BaseModel):
    """Which generation of lists is served, and what its training found."""

    generation: str | None
    previous: str | None
    trained_at: datetime | None
    stale: bool
    report: dict[str, Any] | None


class PurchaseOut(BaseModel):
    """Something that a customer has bought."""

    sku: str
    at: datetime


class UserOut(BaseModel):
    """A customer."""

    user: str
    orders: int
    purchases: list[PurchaseOut]
    """The last of them."""


class RecommendationOut(BaseModel):
    """An item that is offered, and why."""

    sku: str
    score: float
    image_url: str
    reasons: list[dict[str, Any]]


class RecommendationsOut(BaseModel):
    """What is offered to a customer."""

    user: str
    generation: str
    personal: bool
    """Whether the list is this customer's own, or what is popular."""
    recommendations: list[RecommendationOut]


class UsersPage(Page):
    """Some customers."""

    items: list[UserOut]
