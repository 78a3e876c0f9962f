"""Models of recommenders, users and recommendation lists."""

from pydantic import Field

from api.schemas.base import ApiModel, Page, Timestamp
from api.schemas.parameters import JOB_ID, UPLOAD_ID
from core.domain import Availability
from core.recommendations import Reason
from core.recommender.training_report import TrainingReport

_METRICS = {"users": 412, "ndcg_at_10": 0.0713, "recall_at_20": 0.1432}
_POPULARITY = {"users": 412, "ndcg_at_10": 0.0215, "recall_at_20": 0.0581}
_HIT_RATE = {"hit_rate_at_10": 0.3398, "hit_rate_standard_error": 0.0233}
_SHARES = _HIT_RATE | {"map_at_12": 0.0391, "coverage_at_10": 0.4872, "cold_share_at_10": 0.0931}
_BLEND_RESULT = _METRICS | _SHARES | {"segments": {"returning customers": _METRICS}}
_CHOSEN = {"family": "ease", "settings": {"half_life": 60}}
_SUMMARY = {
    "sentences": [
        (
            "Of 100 customers who came back, 34 would have found something they bought among the "
            "ten items shown; among the ten most popular items, 21 would have."
        ),
        (
            "This was measured with 412 customers and what they bought in 30 days; for all "
            "customers, it is probably between 29 and 39 of 100."
        ),
    ],
    "hits": {
        "customers": 412,
        "model": 0.3398,
        "popularity": 0.2087,
        "model_standard_error": 0.0233,
        "popularity_standard_error": 0.02,
        "difference_standard_error": 0.0241,
        "is_clear": True,
    },
    "examples": [
        {
            "label": "the best list",
            "place": 1,
            "recommended": ["B-7", "C-3"],
            "bought": ["B-7"],
            "bought_count": 1,
        }
    ],
    "examples_are": "These 5 of 412 customers were chosen by the quality of their lists, ...",
}
_CATALOGUE = {
    "items": 1170,
    "items_in_lists": 702,
    "sentence": (
        "60 % of the shop's items (702 of 1,170) are in at least one customer's list; in nobody's "
        "list: 468."
    ),
    "unseen": ["K-2", "M-81"],
}
_REPORT = {
    "order_lines": 5204,
    "users": 830,
    "items": 1170,
    "trained_at": "2026-10-01T09:30:00Z",
    "uncounted": [
        {
            "reason": "the quantity is negative, so it is a return",
            "lines": 12,
            "examples": [{"upload": UPLOAD_ID, "file": "sales.csv", "line": 812}],
        }
    ],
    "ignored": {
        "too_new": 2,
        "notes": [
            "2 order lines are ignored: they are dated after 2026-09-30, long after the other sales"
        ],
    },
    "decision": {
        "published": "model",
        "reason": (
            "NDCG@10 is 0.0713 for the model and 0.0215 for popularity: the model is published"
        ),
    },
    "summary": _SUMMARY,
    "catalogue": _CATALOGUE,
    "uses_images": True,
    "split": {"by": "time", "days": 30.0, "training_lines": 4310, "holdout_lines": 894},
    "validation": [_CHOSEN | {"ndcg_at_10": 0.0702}],
    "chosen": [_CHOSEN],
    "weights": {"algorithms": {"ease": 1.0}, "cold": 0.5},
    "holdout": {"blend": _BLEND_RESULT},
    "segments": [
        {
            "segment": "returning customers",
            "users": 412,
            "model": _METRICS,
            "popularity": _POPULARITY,
        }
    ],
    "links": {
        "orders": 2300,
        "items": 1034,
        "links": 21870,
        "weights": "ease",
        "baskets": 1204,
        "ndcg_at_10": {"ease": 0.1842, "cosine": 0.1513, "popularity": 0.0241},
    },
    "seconds": {
        "visual similarity": 0.2,
        "validation": 6.1,
        "test": 1.9,
        "links": 1.2,
        "learning": 0.8,
    },
}


class RecommenderOut(ApiModel):
    """The served generation of lists, and its training report."""

    generation: str | None = Field(examples=[JOB_ID])
    """The id of the training job that built the served lists; null before the first run."""
    previous: str | None = Field(examples=[UPLOAD_ID])
    """The generation that a rollback would serve."""
    candidate: str | None = Field(examples=[None])
    """The newest generation while a rollback holds; `DELETE .../rollback` serves it."""
    rolled_back_at: Timestamp | None = Field(examples=[None])
    """When the rollback began that holds; until it ends, no new generation is served."""
    refusal: str | None = Field(examples=[None])
    """Why the newest training run was refused, for example because its sales have no dates."""
    trained_at: Timestamp | None
    stale: bool = Field(examples=[False])
    """Whether sales, items or their vectors have changed since the training run."""
    report: TrainingReport | None = Field(examples=[_REPORT])
    """`GET .../recommender/report` shows this report as a page."""


class PurchaseOut(ApiModel):
    """An item that a user has bought."""

    sku: str = Field(examples=["A-12"])
    at: Timestamp


class UserOut(ApiModel):
    """A user with recent purchases."""

    user: str = Field(examples=["ann"])
    orders: int = Field(examples=[3])
    purchases: list[PurchaseOut]
    """The most recent purchases."""


class UsersPage(Page):
    """A page of users."""

    items: list[UserOut]


class OrderedItemOut(ApiModel):
    """An item of an order."""

    sku: str = Field(examples=["A-12"])
    quantity: int = Field(examples=[2])
    """Units that the user has kept: returned ones are subtracted."""


class OrderOut(ApiModel):
    """What a user has bought in one order, on one day."""

    at: Timestamp
    """The time of its last order line."""
    items: list[OrderedItemOut]


class OrdersPage(Page):
    """A page of a user's orders, newest first."""

    user: str = Field(examples=["ann"])
    items: list[OrderOut]
    complete: bool = Field(examples=[True])
    """Whether these are all orders: of more than 200 order lines, only the newest are kept."""


class RecommendationOut(ApiModel):
    """A recommended item, with the reasons for it."""

    sku: str = Field(examples=["B-7"])
    score: float = Field(examples=[4.217])
    """In standard deviations above the average item; only comparable within a list."""
    image_url: str = Field(examples=["/v1/collections/shop/items/B-7/image"])
    reasons: list[Reason] = Field(
        examples=[[{"kind": "bought_together", "with": "A-12", "orders": 7}]]
    )
    """At least one reason, the strongest kind first."""
    variants: list[str] = Field(default=[], examples=[["B-8", "B-9"]])
    """Other items of its group in the list, best first; left out if there are none."""
    availability: Availability = Field(
        default=Availability.IN_STOCK, examples=[Availability.IN_STOCK]
    )
    """Missing if the item is in stock."""


class RecommendationsOut(ApiModel):
    """A recommendation list."""

    user: str = Field(examples=["ann"])
    generation: str = Field(examples=[JOB_ID])
    personal: bool = Field(examples=[True])
    """True: the user's own list; false: popular items."""
    filled: int = Field(default=0, examples=[0])
    """How many items, at the end of the list, are popular ones that replace unavailable items."""
    hint: str | None = Field(default=None, examples=[None])
    """Why a list with a filter is shorter than requested; else null."""
    recommendations: list[RecommendationOut]
