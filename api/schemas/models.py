"""The shapes on the wire that are not those of the rooms."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from core.domain import Attributes
from core.jobs import Failure, Job, JobKind, JobState, Problem, Progress
from core.storage import Collection, Item


class Shape(BaseModel):
    """What is on the wire; what is said below a field describes it in `/openapi.json`."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class _Body(Shape):
    model_config = ConfigDict(extra="forbid", strict=True)  # "1" is no number, 1 not true


class ProblemOut(Shape):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    """For people: what it is about, and what to do."""
    code: str
    """For programs."""
    errors: list[dict[str, str]] | None = None
    """Where the request is not valid, one by one."""
    request_id: str | None = None
    """In the server's log, and in the answer's `X-Request-ID`."""


class CollectionIn(_Body):
    """A collection to be created."""

    name: str
    """1 to 63 of a-z, 0-9, _ and -, the first a letter or a digit."""
    encoder: str | None = None
    """A network of `GET /v1/encoders`; without it, the server's default."""
    description: str = Field(default="", max_length=2000)


class CollectionPatch(_Body):
    """What of a collection is to change."""

    description: str | None = Field(default=None, max_length=2000)
    encoder: str | None = None
    """Another network: its vectors are made beside those that serve, and then take over."""


class RebuildIn(_Body):
    """How vectors are to be made anew."""

    repair: bool = False
    """Only those that are missing or too many."""


class ItemPatch(_Body):
    """Attributes to be set; null takes one away."""

    attributes: Attributes


class CollectionOut(Shape):
    """A collection with its counts."""

    name: str
    description: str
    encoder: str
    changing_to: str | None
    """The encoder whose vectors are being made beside."""
    state: str
    items: int
    images: int
    created_at: datetime

    @classmethod
    def of(cls, collection: Collection, counts: Mapping[str, int]) -> "CollectionOut":
        """What is told of a collection."""
        return cls(
            name=collection.name,
            description=collection.description,
            encoder=collection.encoder.name,
            changing_to=collection.beside.encoder.name if collection.beside else None,
            state=collection.state,
            created_at=collection.created_at,
            items=counts["items"],
            images=counts["images"],
        )


class ImageOut(Shape):
    """One picture of an item."""

    view: str
    url: str
    sha256: str
    format: str
    width: int
    height: int
    bytes: int


class ItemOut(Shape):
    """An item with its pictures."""

    sku: str
    attributes: Attributes
    images: list[ImageOut]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, item: Item, collection: str, request: Request) -> "ItemOut":
        """What is told of an item."""
        images = [
            ImageOut(
                url=image_url(request, collection, item.sku, image.view),
                **image.model_dump(exclude={"file"}),
            )
            for image in item.images
        ]
        return cls(images=images, **item.model_dump(exclude={"images"}))


class JobOut(Shape):
    """A job as clients see it."""

    id: str
    kind: JobKind
    collection: str
    state: JobState
    """The last four are final; partial: some files failed, see `failures`."""
    progress: Progress
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: dict[str, Any] | None
    """What came of it, by its kind."""
    problem: Problem | None
    """Why it failed."""

    @classmethod
    def of(cls, job: Job) -> "JobOut":
        """What is told of a job."""
        return cls(**job.model_dump(exclude={"args", "cancel_requested"}))


class FailureOut(Shape):
    """One file that a job could not take."""

    file: str
    """As it was named in the upload, with its archive."""
    sku: str | None
    view: str | None
    code: str
    reason: str
    """For people."""

    @classmethod
    def of(cls, failure: Failure) -> "FailureOut":
        """What is told of a failure."""
        return cls(**failure.model_dump(exclude={"entry"}))


class MatchOut(Shape):
    """An item found by similarity."""

    sku: str
    score: float
    """Cosine, 0 to 1; the same picture has 1."""
    view: str
    """The item's picture that is most alike."""
    image_url: str
    attributes: Attributes


class MatchesOut(Shape):
    """What a search found, best first, and how long its parts took in milliseconds."""

    matches: list[MatchOut]
    timings: dict[str, float]
    hint: str | None = None
    """Why the filter let nothing through, where that is plain; else null."""


class Page(Shape):
    """What lists have in common."""

    next_cursor: str | None = None
    """Send it as `cursor` for the next page; null: this was the last."""


class CollectionsPage(Page):
    """Some collections."""

    items: list[CollectionOut]


class ItemsPage(Page):
    """Some items."""

    items: list[ItemOut]


class JobsPage(Page):
    """Some jobs, the newest first."""

    items: list[JobOut]


class FailuresPage(Page):
    """Some failures of a job."""

    items: list[FailureOut]


def image_url(request: Request, collection: str, sku: str, view: str) -> str:
    """Where a picture of an item is, below whatever prefix the server has."""
    path = f"/v1/collections/{collection}/items/{quote(sku, safe='')}/image"
    return below_prefix(request, f"{path}?view={quote(view, safe='')}")


def item_image_url(request: Request, collection: str, sku: str) -> str:
    """Where the first picture of an item is."""
    return below_prefix(request, f"/v1/collections/{collection}/items/{_quoted(sku)}/image")


@lru_cache(maxsize=100_000)
def _quoted(sku: str) -> str:
    """As in a path; ten in each list of recommendations, most in many."""
    return quote(sku, safe="")


def below_prefix(request: Request, path: str) -> str:
    """The path as a client must ask for it where a gateway puts a prefix before ours."""
    return f"{request.scope.get('root_path', '')}{path}"
