"""What the server's answers hold, as frozen dataclasses; fields that it adds later are ignored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self


class JobState(StrEnum):
    """Where a job stands; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing will happen to the job any more."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


@dataclass(frozen=True)
class _Answer:
    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Read a JSON object of the server."""
        known = {one.name for one in fields(cls)}
        return cls(**{key: value for key, value in body.items() if key in known})


@dataclass(frozen=True)
class Progress(_Answer):
    """How far a job is; counts are images, rate is images a second.

    `updated` are items that were there, and got other attributes.
    """

    done: int = 0
    failed: int = 0
    skipped: int = 0
    updated: int = 0
    total: int | None = None
    rate: float | None = None
    eta_seconds: float | None = None

    def __str__(self) -> str:
        """Return how far it is: images done of all, and the failed."""
        done = self.done + self.skipped + self.failed
        text = f"{done} of {self.total}" if self.total is not None else f"{done}"
        return text + (f", {self.failed} failed" if self.failed else "")


@dataclass(frozen=True)
class Job(_Answer):
    """A unit of work on the server."""

    id: str
    kind: str
    collection: str
    state: JobState
    progress: Progress
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    result: Mapping[str, Any] | None = None
    problem: Mapping[str, Any] | None = None
    look: Callable[[], "Job"] | None = field(default=None, repr=False, compare=False)
    """Asks the server that told of this job how it stands now."""

    def wait(
        self, *, progress: bool = False, on_progress: Callable[["Job"], None] | None = None
    ) -> "Job":
        """Return the job when it has ended, however it did; its state says how.

        With `progress` a bar is shown on stderr, where that is a terminal. The server may be
        restarted meanwhile.

        Raises:
            NotReachable: the server was away for too long.
        """
        from lookalike.polling import wait, watch

        return watch(self) if progress else wait(self, on_progress)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Read a job's JSON."""
        return super().of(
            dict(body)
            | {key: _time(body.get(key)) for key in ("created_at", "started_at", "finished_at")}
            | {"state": JobState(body["state"]), "progress": Progress.of(body["progress"])}
        )


@dataclass(frozen=True)
class Failure(_Answer):
    """One file that a job could not take, and why."""

    file: str
    code: str
    reason: str
    sku: str | None = None
    view: str | None = None


@dataclass(frozen=True)
class Collection(_Answer):
    """A named set of items, all embedded by one encoder."""

    name: str
    encoder: str
    state: str
    items: int
    images: int
    created_at: datetime
    description: str = ""
    changing_to: str | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Read a collection's JSON."""
        return super().of(dict(body) | {"created_at": _time(body["created_at"])})


@dataclass(frozen=True)
class Image(_Answer):
    """One picture of an item."""

    view: str
    url: str
    sha256: str
    format: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True)
class Item(_Answer):
    """Something sold, with its attributes and pictures."""

    sku: str
    attributes: Mapping[str, Any]
    images: tuple[Image, ...]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Read an item's JSON."""
        return super().of(
            dict(body)
            | {key: _time(body[key]) for key in ("created_at", "updated_at")}
            | {"images": tuple(map(Image.of, body["images"]))}
        )


@dataclass(frozen=True)
class Match(_Answer):
    """An item found by similarity; its score is in [0, 1], and 1 is the same picture."""

    sku: str
    score: float
    view: str
    image_url: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Matches:
    """What a search found, best first, and how long its steps took in milliseconds."""

    matches: tuple[Match, ...]
    timings: Mapping[str, float]
    hint: str | None = None
    """Why the filter let nothing through, where the server knows."""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Read a search's JSON."""
        matches = tuple(map(Match.of, body["matches"]))
        return cls(matches, body.get("timings", {}), body.get("hint"))


@dataclass(frozen=True)
class Customer(_Answer):
    """A shop's customer, with the last purchases: sku and time of each."""

    user: str
    orders: int
    purchases: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Recommendation(_Answer):
    """An item that is offered, and why."""

    sku: str
    score: float
    image_url: str
    reasons: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Recommendations(_Answer):
    """What is offered to a customer; `personal` unless it is only what is popular."""

    user: str
    generation: str
    personal: bool
    recommendations: tuple[Recommendation, ...]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Read a list's JSON."""
        found = tuple(map(Recommendation.of, body["recommendations"]))
        return super().of(dict(body) | {"recommendations": found})


@dataclass(frozen=True)
class Training(_Answer):
    """The generation that is served, and what its training found."""

    generation: str | None
    previous: str | None
    stale: bool
    trained_at: datetime | None = None
    report: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Read a recommender's JSON."""
        return super().of(dict(body) | {"trained_at": _time(body.get("trained_at"))})


@dataclass(frozen=True)
class About(_Answer):
    """A server, and what this caller may do: read, write or admin."""

    version: str
    role: str
    default_encoder: str
    flower_url: str
    limits: Mapping[str, Any]


@dataclass(frozen=True)
class Encoder(_Answer):
    """A network that a collection can be made with.

    `weights` is present, missing, wrong or unknown, and `detail` says what to do; the pace is that
    of the server's workers, once it has been measured.
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


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
