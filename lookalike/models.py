"""The server's responses as frozen dataclasses, which ignore the fields of newer servers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self, get_args


@dataclass(frozen=True)
class ResponseModel:
    """A JSON object of the server as a dataclass."""

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Build the model from a JSON object and ignore unknown fields."""
        types = {attribute.name: attribute.type for attribute in fields(cls)}
        return cls(**{key: _parse(types[key], body[key]) for key in types.keys() & body.keys()})


def _parse(kind: Any, value: Any) -> Any:
    """Parse a JSON value for a field of the type `kind`, `kind | None` or `tuple[kind, ...]`."""
    kind, *_ = get_args(kind) or (kind,)
    if value is None:
        return None
    if isinstance(value, list):
        return tuple(_parse(kind, element) for element in value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if issubclass(kind, ResponseModel):
        return kind.from_json(value)
    return JobState(value) if kind is JobState else value


class JobState(StrEnum):
    """The state of a job; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether the job has ended and will not change any more."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


@dataclass(frozen=True)
class Progress(ResponseModel):
    """The progress of a job: counts of images, and the rate in images per second.

    `updated` counts existing items with changed attributes. If `stage` is set, as in a
    training run, `done` and `total` count stages.
    """

    stage: str | None = None
    done: int = 0
    failed: int = 0
    skipped: int = 0
    updated: int = 0
    total: int | None = None
    rate: float | None = None
    eta_seconds: float | None = None

    @property
    def processed(self) -> int:
        """The number of images handled so far: done, skipped or failed."""
        return self.done + self.skipped + self.failed

    def __str__(self) -> str:
        """Return the numbers of processed and failed images as text, or the current stage."""
        text = f"{self.processed}" if self.total is None else f"{self.processed} of {self.total}"
        if self.stage:
            return f"{self.stage} ({text} stages)"
        return text + (f", {self.failed} failed" if self.failed else "")


@dataclass(frozen=True)
class Job(ResponseModel):
    """A job as the server last reported it."""

    id: str
    kind: str
    collection: str
    state: JobState
    progress: Progress
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    scheduled_for: datetime | None = None
    """When a training run that was put off starts."""
    filename: str | None = None
    """The file that an import reads, and how many others there are."""
    result: Mapping[str, Any] | None = None
    problem: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Failure(ResponseModel):
    """A file that a job could not process, and the reason."""

    file: str
    code: str
    reason: str
    sku: str | None = None
    view: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Upload(ResponseModel):
    """A large file of which `offset` bytes have arrived, and which no request has used yet."""

    id: str
    filename: str
    size: int
    offset: int
    fingerprint: str
    expires_at: datetime


@dataclass(frozen=True)
class About(ResponseModel):
    """The server's version and limits, and the caller's role: read, write or admin."""

    version: str
    role: str
    default_encoder: str
    flower_url: str | None
    limits: Mapping[str, Any]


@dataclass(frozen=True)
class Encoder(ResponseModel):
    """An encoder that a collection can use.

    `weights` is present, missing, wrong or unknown, and `detail` says how to fix it.
    `images_per_second` is measured by the server's workers; None before the first measurement.
    """

    name: str
    family: str
    dim: int
    weights: str
    side: int = 0
    pooling: str = ""
    licence: str = ""
    detail: str = ""
    images_per_second: float | None = None


@dataclass(frozen=True)
class Collection(ResponseModel):
    """A named set of items, all embedded by one encoder."""

    name: str
    encoder: str
    state: str
    items: int
    images: int
    created_at: datetime
    description: str = ""
    group_by: str | None = None
    """The attribute whose values group variants."""
    changing_to: str | None = None
    recipe: str = ""
    """How vectors are made; `fitted-1` has learned from the images of the collection."""
    colour_weight: float | None = None
    """The usual weight of colour in scores; None if vectors were made without colour."""
    fit: Mapping[str, Any] | None = None
    """The last attempt to fit the recipe: when, to how many images, and what came of it."""
    fit_automatically: bool = True
    """Whether the recipe is fitted without a request once there are enough images."""


@dataclass(frozen=True)
class Image(ResponseModel):
    """One image of an item."""

    view: str
    url: str
    sha256: str
    format: str
    width: int
    height: int
    bytes: int
    problems: tuple[str, ...] | None = None
    """What is wrong with the image, such as `blurred`; None if it was not assessed."""


@dataclass(frozen=True)
class ImageProblems(ResponseModel):
    """An image and what is wrong with it."""

    sku: str
    view: str
    url: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class ImageHealth(ResponseModel):
    """What is wrong with a collection's images."""

    images: int
    not_assessed: int
    """Number of images that were not assessed yet; a rebuild of the collection assesses them."""
    problems: Mapping[str, int]
    """Number of images of each problem that there is."""


@dataclass(frozen=True)
class Item(ResponseModel):
    """A product with its attributes and images."""

    sku: str
    attributes: Mapping[str, Any]
    images: tuple[Image, ...]
    created_at: datetime
    updated_at: datetime
    availability: str = "in_stock"


@dataclass(frozen=True)
class AvailabilityChanges(ResponseModel):
    """How many items have got another availability."""

    changed: int
    unchanged: int
    unknown: int
    """How many SKUs belong to no item; their availability is not kept."""
    unknown_skus: tuple[str, ...]
    """The first 20 of them."""


@dataclass(frozen=True)
class Unavailable(ResponseModel):
    """An item that is `out_of_stock` or `hidden`."""

    sku: str
    availability: str


@dataclass(frozen=True)
class Match(ResponseModel):
    """An item found by similarity; the score is in [0, 1], and 1 means the same image."""

    sku: str
    score: float
    view: str
    image_url: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    availability: str = "in_stock"
    variants: tuple[str, ...] = ()
    """The SKUs of other items of its group that were found, best first."""
    rarity: int | None = None
    """One in so many random pairs of images is as alike; None while nothing is known of it."""
    same: float | None = None
    """The probability that the images show the same product."""
    likeness: str | None = None
    """`same product`, `very similar`, `similar` or `less similar`."""


@dataclass(frozen=True)
class UnderstoodWords(ResponseModel):
    """How words of a text were understood."""

    words: str
    kind: str
    """`colour`, `class` (a kind of goods), `attribute`, `words` (a whole text) or `unknown`."""
    meaning: str
    """The English name of the colour or the kind of goods, or the word itself; "" if unknown."""
    sources: tuple[str, ...]
    """`attributes`, `picture` or both; if neither, the words were ignored."""
    seen_as: tuple[str, ...] = ()
    """The kinds of goods that images were compared with instead, if the network was not trained on
    the kind itself."""


@dataclass(frozen=True)
class Matches(ResponseModel):
    """The matches of a search, best first, and how many milliseconds each of its steps took."""

    matches: tuple[Match, ...]
    timings: Mapping[str, float] = field(default_factory=dict)
    next_cursor: str | None = None
    """The cursor of the next page; None on the last page."""
    hint: str | None = None
    """Why no item passed the filter, if the server knows."""
    understood: tuple[UnderstoodWords, ...] = ()
    """The words of the text, if there was one."""


@dataclass(frozen=True)
class DuplicateItem(ResponseModel):
    """An item of a group of duplicates, with the view and the score that put it there."""

    sku: str
    view: str
    score: float
    image_url: str


@dataclass(frozen=True)
class DuplicateGroup(ResponseModel):
    """Items of the kind `same_picture`, `same_product` or `variants`, best first."""

    kind: str
    members: tuple[DuplicateItem, ...]


@dataclass(frozen=True)
class Dismissal(ResponseModel):
    """Items that are not duplicates of each other, or an image that is fine."""

    id: str
    skus: tuple[str, ...]
    """At least two items; only one if this is about an image, or perhaps if there are `others`."""
    dismissed_at: datetime
    others: tuple[str, ...] = ()
    """If there are any, `skus` are not duplicates of these."""
    view: str | None = None
    """The name of the image; None if this is about duplicates."""
    problems: tuple[str, ...] = ()
    """What the shop does not mind in the image."""


@dataclass(frozen=True)
class NewItem(ResponseModel):
    """One of the newest items of a collection."""

    sku: str
    created_at: datetime
    """When the SKU was first imported."""
    image_url: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    availability: str = "in_stock"
    variants: tuple[str, ...] = ()
    """The SKUs of older items of its group that were found, the newest first."""
    rules: tuple[str, ...] = ()
    """The ids of the merchandising rules that name the item."""


@dataclass(frozen=True)
class NewItems(ResponseModel):
    """The newest items of a collection, the newest first."""

    items: tuple[NewItem, ...]
    hint: str | None = None
    """Why there are fewer items than requested, although older ones exist."""


@dataclass(frozen=True)
class Rules(ResponseModel):
    """A version of a collection's merchandising rules, each as a dictionary."""

    version: int
    rules: tuple[Mapping[str, Any], ...]
    created_at: datetime | None = None
    warnings: tuple[str, ...] = ()
    """Rules that were accepted although they have no effect now."""


@dataclass(frozen=True)
class SalesFile(ResponseModel):
    """An imported sales file."""

    id: str
    filename: str
    imported_at: datetime
    report: Mapping[str, Any]
    """Accepted and rejected rows, the times of the first and last order, and how it was read."""


@dataclass(frozen=True)
class RowExample(ResponseModel):
    """A row of a sales file that does not count; `text` is its beginning, if that is kept."""

    line: int
    text: str | None = None


@dataclass(frozen=True)
class RowReason(ResponseModel):
    """Why rows of a sales file do not count, how many there are, and the first of them."""

    reason: str
    rows: int
    examples: tuple[RowExample, ...] = ()


@dataclass(frozen=True)
class Purchase(ResponseModel):
    """An item that a customer has bought."""

    sku: str
    at: datetime


@dataclass(frozen=True)
class Customer(ResponseModel):
    """A customer of the shop, with the latest purchases."""

    user: str
    orders: int
    purchases: tuple[Purchase, ...] = ()


@dataclass(frozen=True)
class OrderedItem(ResponseModel):
    """An item of an order, and how many units of it the customer has kept."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Order(ResponseModel):
    """What a customer has bought in one order, on one day."""

    at: datetime
    items: tuple[OrderedItem, ...]


@dataclass(frozen=True)
class Reason(ResponseModel):
    """Why an item is recommended; fields that do not apply to the kind of reason are None.

    `kind` is bought_before, bought_together, looks_like, popular, new or rule. If items are bought
    together or look alike, `with_sku` is the other item; `last` is the date when the customer
    bought the item last; `rule` is the id of a merchandising rule.
    """

    kind: str
    with_sku: str | None = None
    similarity: float | None = None
    region: str | None = None
    orders: int | None = None
    last: str | None = None
    days: int | None = None
    rule: str | None = None

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Build a reason from its JSON."""
        return super().from_json({"with_sku": body.get("with"), **body})

    def to_json(self) -> dict[str, Any]:
        """Return the reason as the server sent it."""
        names = {"with_sku": "with"}
        values = vars(self).items()
        return {names.get(name, name): value for name, value in values if value is not None}


@dataclass(frozen=True)
class Recommendation(ResponseModel):
    """A recommended item, with its reasons."""

    sku: str
    score: float
    image_url: str
    reasons: tuple[Reason, ...] = ()
    variants: tuple[str, ...] = ()
    """The SKUs of other items of its group in the list, best first."""
    availability: str = "in_stock"


@dataclass(frozen=True)
class PopularItems(ResponseModel):
    """The items that are popular in a region, best first."""

    generation: str
    items: tuple[Recommendation, ...]
    since: datetime | None = None
    """The start of the period whose order lines were counted; None if times are unknown."""
    until: datetime | None = None
    filled: int = 0
    """How many items, at the end, are popular only in a larger region."""
    hint: str | None = None
    """Why a list with a filter or `days` is shorter than requested."""


@dataclass(frozen=True)
class BasketRecommendations(ResponseModel):
    """What goes with a basket; the last `filled` items only fill up the list."""

    generation: str | None
    unknown: tuple[str, ...]
    """SKUs of the basket that the server does not know."""
    filled: int
    recommendations: tuple[Recommendation, ...]


@dataclass(frozen=True)
class BoughtTogether(ResponseModel):
    """An item that is bought together with another item."""

    sku: str
    orders: int
    """The number of orders that contain both items."""
    support: float
    """The share of all orders that contain both items."""
    lift: float
    """How many times as often both are in an order as if orders combined items by chance."""
    image_url: str


@dataclass(frozen=True)
class Recommendations(ResponseModel):
    """The recommendations for a customer; `personal` is False if they are only popular items."""

    user: str
    generation: str
    personal: bool
    recommendations: tuple[Recommendation, ...]
    filled: int = 0
    """How many items, at the end, are popular ones that complete the list."""
    hint: str | None = None
    """Why a list with a filter is shorter than requested."""


@dataclass(frozen=True)
class ApiKey(ResponseModel):
    """An API key, without its text."""

    id: str
    name: str
    role: str
    collections: tuple[str, ...]
    """The collections that the key is for; empty for all."""
    origins: tuple[str, ...]
    """The web sites whose pages may use the key."""
    created_at: datetime
    last_used_at: datetime | None = None
    """When the key was last used, to the hour."""


@dataclass(frozen=True)
class NewApiKey(ApiKey):
    """A key that was created, with what cannot be read again."""

    key: str = ""
    """Its text."""
    user_secret: str | None = None
    """For keys with the role "search": what `lookalike.user_tokens.user_token` needs."""
