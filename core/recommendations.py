"""Recommendations with their reasons and users' purchases: how they are stored, cached and served.

Reasons are frozen, since lists share them.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeVar

from pydantic import Field, TypeAdapter
from pydantic.json_schema import SkipJsonSchema

_T = TypeVar("_T")
_WithSku = Annotated[str, Field(alias="with")]


@dataclass(frozen=True, slots=True)
class BoughtTogether:
    """The user bought the item `with`; `orders` is the number of orders that hold both."""

    kind: Literal["bought_together"] = field(default="bought_together", kw_only=True)
    with_sku: _WithSku
    orders: int


@dataclass(frozen=True, slots=True)
class LooksLike:
    """The user bought the item `with`; `similarity` is the cosine of the images.

    With `orders`, the item is cold and looks like no purchase of the user: `with` is the warm item
    that it looks most like, and is in that many orders.
    """

    kind: Literal["looks_like"] = field(default="looks_like", kw_only=True)
    with_sku: _WithSku
    similarity: float
    orders: int | SkipJsonSchema[None] = None


@dataclass(frozen=True, slots=True)
class Popular:
    """The item is in `orders` orders of the last `days` days in a region; '' means everywhere."""

    kind: Literal["popular"] = field(default="popular", kw_only=True)
    region: str
    orders: int
    days: int


@dataclass(frozen=True, slots=True)
class New:
    """Nobody has bought the item yet, and it looks like no warm item."""

    kind: Literal["new"] = field(default="new", kw_only=True)


Reason = Annotated[BoughtTogether | LooksLike | Popular | New, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A recommended item; the score is a z-score, see `Blend.scores`."""

    sku: str
    score: float
    reasons: list[Reason]
    """The strongest kind first; there is at least one."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase; `at` is in ISO 8601."""

    sku: str
    at: str


@dataclass(frozen=True, slots=True)
class UserPurchases:
    """A user's number of orders, and the latest purchases, newest first."""

    orders: int
    purchases: list[Purchase]


@dataclass(frozen=True, slots=True)
class UserLists(UserPurchases):
    """Everything that is stored for a user."""

    recommendations: list[Recommendation]


RECOMMENDATION = TypeAdapter(Recommendation)
USER_PURCHASES = TypeAdapter(UserPurchases)
USER_ROW = TypeAdapter(tuple[str, UserLists])
REGION_ROW = TypeAdapter(tuple[str, list[Recommendation]])


def to_json(adapter: TypeAdapter[_T], value: _T) -> bytes:
    """Encode a value; fields that are None are omitted."""
    return adapter.dump_json(value, by_alias=True, exclude_none=True)
