"""Data types of jobs: kinds, states, progress, outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from core.domain import ImageProblem
from core.errors import CoreError
from core.records import StrictRecord


class JobKind(StrEnum):
    """The kind of a job; its value is also the name of the Celery task."""

    INGEST = "ingest"
    SYNC_ITEMS = "sync-items"
    CHANGE_ITEMS = "change-items"
    DELETE_ITEMS = "delete-items"
    CHANGE_ATTRIBUTES = "change-attributes"
    DELETE_COLLECTION = "delete-collection"
    CHANGE_ENCODER = "change-encoder"
    REBUILD = "rebuild"
    FIT_RECIPE = "fit-recipe"
    VERIFY = "verify"
    IMPORT_SALES = "import-sales"
    DELETE_SALES = "delete-sales"
    ERASE_USER = "erase-user"
    TRAIN = "train"
    REFILL_LISTS = "refill-lists"
    UPDATE_SIMILAR = "update-similar"

    @property
    def queue(self) -> str:
        """The queue of the workers that run jobs of this kind."""
        if self is JobKind.SYNC_ITEMS or self.is_bulk:
            return "sync"
        rebuilding = {JobKind.CHANGE_ENCODER, JobKind.REBUILD, JobKind.FIT_RECIPE}
        embedding = rebuilding | {JobKind.INGEST, JobKind.UPDATE_SIMILAR}
        return "embed" if self in embedding else "train"

    @property
    def is_bulk(self) -> bool:
        """Whether a job of this kind goes through all items, to change or delete many of them."""
        return self in {JobKind.CHANGE_ITEMS, JobKind.DELETE_ITEMS, JobKind.CHANGE_ATTRIBUTES}


WORKERS: Mapping[str, tuple[str, ...]] = {
    "search": ("sync",),
    "embed": ("embed",),
    "train": ("train",),
}
"""The queues of each kind of worker. Searches are not jobs and have a queue in Redis B."""
QUEUES = tuple(queue for queues in WORKERS.values() for queue in queues)


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
        """Whether the job has finished."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


class Problem(StrictRecord):
    """The reason why a whole job failed, with the same members as an HTTP problem."""

    code: str
    title: str
    detail: str

    @classmethod
    def from_error(cls, error: CoreError) -> "Problem":
        """Create a problem from an error."""
        return cls(code=error.code, title=error.title, detail=error.detail)


class Failure(StrictRecord):
    """A file or item that a job could not process, with the reason."""

    file: str
    code: str
    reason: str
    sku: str | None = None
    view: str | None = None
    url: str | None = None
    """The URL of an image that could not be downloaded or read."""
    entry: tuple[int, int] | None = None
    """The chunk, and the position in the chunk, for a retry; None if a retry would fail again."""

    @classmethod
    def from_error(cls, error: CoreError, file: str, **fields: Any) -> "Failure":
        """Create the failure of a file, or of the item `file`, from the error that it raised."""
        return cls(file=file, code=error.code, reason=error.detail, **fields)


class Stage(StrictRecord):
    """A stage of a long step such as a training run."""

    name: str
    done: int
    """Number of stages that are complete."""
    total: int


class Progress(StrictRecord):
    """The progress of a job, in images, or in items for jobs that go through a collection.

    `rate` is per second, over the last steps.
    """

    stage: str | None = None
    """The current stage of a training run; while it is set, `done` and `total` count stages."""
    done: int = 0
    failed: int = 0
    skipped: int = 0
    updated: int = 0
    """Existing items whose attributes were changed."""
    total: int | None = None
    rate: float | None = None
    eta_seconds: float | None = None


class NewJob(StrictRecord):
    """A job that is not in the ledger yet."""

    kind: JobKind
    collection: str
    args: dict[str, Any] = Field(default_factory=dict)
    sequence: int | None = None
    """The sequence number of the retried job; None for a new request."""


class Job(NewJob):
    """A job of the ledger."""

    id: str
    sequence: int
    """The number of the request; later requests have larger numbers."""
    state: JobState
    progress: Progress = Progress()
    created_at: datetime
    scheduled_for: datetime | None = None
    """When a queued job that was put off may start; None if it may start now."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancel_requested: bool = False
    image_problems: dict[ImageProblem, int] = Field(default_factory=dict)
    """What is wrong with the images that were imported so far: the number of images of each."""
    result: dict[str, Any] | None = None
    problem: Problem | None = None

    @property
    def filename(self) -> str | None:
        """What the upload of an import is called; None for other jobs."""
        return self.args.get("filename") or None

    @property
    def is_put_off(self) -> bool:
        """Whether the job is queued, but waits for a later time."""
        return self.state is JobState.QUEUED and self.scheduled_for is not None


@dataclass(frozen=True)
class Delay:
    """How long a new job is put off, in seconds from now."""

    seconds: float
    """Further requests for the queued job put it off again, each by this much."""
    at_most: float
    """The job starts after this time in any case."""


@dataclass(frozen=True)
class Changes:
    """Changes to items, which a queued job will apply to the vector indexes."""

    job: str
    sequence: int
    """The position of the changes among all requests that change items."""


class Outcome(StrictRecord):
    """The outcome of one step of a job."""

    done: int = 0
    skipped: int = 0
    updated: int = 0
    image_problems: dict[ImageProblem, int] = Field(default_factory=dict)
    """What is wrong with imported images: the number of images of each problem."""
    failures: tuple[Failure, ...] = ()
    chunks: int = 0
    """The job's number of chunks; only the first step reports it."""
    total: int | None = None
    """The job's number of images; only the first step reports it."""
    result: dict[str, Any] | None = None
