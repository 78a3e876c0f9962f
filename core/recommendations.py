"""Recommendations, their reasons, and users' purchases, as stored, cached and served.

Reasons are frozen, since several lists may share a reason.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeVar

from pydantic import Field, TypeAdapter
from pydantic.json_schema import SkipJsonSchema

_T = TypeVar("_T")
_WithSku = Annotated[str, Field(alias="with")]


@dataclass(frozen=True, slots=True)
class BoughtBefore:
    """`orders` orders of the user contain the item; `last` is the date of the last (YYYY-MM-DD)."""

    kind: Literal["bought_before"] = field(default="bought_before", kw_only=True)
    orders: int
    last: str | SkipJsonSchema[None] = None


@dataclass(frozen=True, slots=True)
class BoughtTogether:
    """The user bought `with`; `orders` orders contain both that item and the recommended one."""

    kind: Literal["bought_together"] = field(default="bought_together", kw_only=True)
    with_sku: _WithSku
    orders: int


@dataclass(frozen=True, slots=True)
class LooksLike:
    """The user bought `with`; `similarity` is the cosine of the two items' images.

    If `orders` is set, the recommended item is cold and resembles no purchase of the user; `with`
    is then the warm item that looks most similar, and `orders` orders contain it.
    """

    kind: Literal["looks_like"] = field(default="looks_like", kw_only=True)
    with_sku: _WithSku
    similarity: float
    orders: int | SkipJsonSchema[None] = None


@dataclass(frozen=True, slots=True)
class Popular:
    """The item is in `orders` orders of the last `days` days in a region; '' is all regions."""

    kind: Literal["popular"] = field(default="popular", kw_only=True)
    region: str
    orders: int
    days: int


@dataclass(frozen=True, slots=True)
class New:
    """Nobody has bought the item yet, and no warm item looks similar."""

    kind: Literal["new"] = field(default="new", kw_only=True)


@dataclass(frozen=True, slots=True)
class ByRule:
    """A merchandising rule of the shop put the item where it is."""

    kind: Literal["rule"] = field(default="rule", kw_only=True)
    rule: str


Reason = Annotated[
    BoughtBefore | BoughtTogether | LooksLike | Popular | New | ByRule, Field(discriminator="kind")
]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A recommended item; the score is a z-score, see `Blend.scores`."""

    sku: str
    score: float
    reasons: list[Reason]
    """At least one reason, the strongest kind first."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase; `at` is a time in ISO 8601."""

    sku: str
    at: str


@dataclass(frozen=True, slots=True)
class UserPurchases:
    """A user's number of orders and latest purchases, newest first."""

    orders: int
    purchases: list[Purchase]


@dataclass(frozen=True, slots=True)
class OrderLines:
    """A user's order lines, newest first, as columns, which are small and quick to write."""

    skus: list[str]
    at: list[int]
    """Seconds since 1970 in UTC."""
    orders: list[int]
    """The number of the line's order."""
    quantities: list[int]
    """How many of the item the user has kept."""
    complete: bool
    """Whether these are all lines: of very many, only the newest are kept."""


@dataclass(frozen=True, slots=True)
class UserLists(UserPurchases):
    """All stored data of a user."""

    recommendations: list[Recommendation]
    lines: OrderLines | SkipJsonSchema[None] = None
    """Missing in lists that were made before order lines were kept."""


RECOMMENDATION = TypeAdapter(Recommendation)
RECOMMENDATIONS = TypeAdapter(list[Recommendation])
USER_PURCHASES = TypeAdapter(UserPurchases)
ORDER_LINES = TypeAdapter(OrderLines)
USER_ROW = TypeAdapter(tuple[str, UserLists])
REGION_ROW = TypeAdapter(tuple[str, list[Recommendation]])


def to_json(adapter: TypeAdapter[_T], value: _T) -> bytes:
    """Encode a value as JSON without the fields that are None."""
    return adapter.dump_json(value, by_alias=True, exclude_none=True)
