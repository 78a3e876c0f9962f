"""Jobs: kinds, states, progress, outcomes. Data only."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.errors import CoreError


class JobKind(StrEnum):
    """The kind of a job; the value is also the name of its Celery task."""

    INGEST = "ingest"
    SYNC_ITEMS = "sync-items"
    DELETE_COLLECTION = "delete-collection"
    CHANGE_ENCODER = "change-encoder"
    REBUILD = "rebuild"
    VERIFY = "verify"
    IMPORT_SALES = "import-sales"
    DELETE_SALES = "delete-sales"
    ERASE_USER = "erase-user"
    TRAIN = "train"
    REFILL_LISTS = "refill-lists"

    @property
    def queue(self) -> str:
        """The queue of the workers that run it."""
        embedding = {JobKind.INGEST, JobKind.CHANGE_ENCODER, JobKind.REBUILD}
        return "embed" if self in embedding else "train"


QUEUES = ("search", *sorted({kind.queue for kind in JobKind}))
"""All queues, each with workers of its own; searches are not jobs."""


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


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Problem(_Record):
    """Why a whole job failed, with the members of an HTTP problem."""

    code: str
    title: str
    detail: str

    @classmethod
    def from_error(cls, error: CoreError) -> "Problem":
        """Create a problem from an error."""
        return cls(code=error.code, title=error.title, detail=error.detail)


class Failure(_Record):
    """A file of a job that failed, and why."""

    file: str
    code: str
    reason: str
    sku: str | None = None
    view: str | None = None
    entry: tuple[int, int] | None = Field(default=None, exclude=False)
    """Chunk and position in it, for a retry; None if a retry would fail again."""


class Stage(_Record):
    """A stage of a step that takes long, such as a training: its name and number of all."""

    name: str
    done: int
    """Stages completed before it."""
    total: int


class Progress(_Record):
    """The progress of a job, in images, or in items for jobs that go through a collection.

    `rate` is per second, over the last steps.
    """

    stage: str | None = None
    """The current stage of a training; while it is set, `done` and `total` count stages."""
    done: int = 0
    failed: int = 0
    skipped: int = 0
    updated: int = 0
    """Existing items whose attributes were changed."""
    total: int | None = None
    rate: float | None = None
    eta_seconds: float | None = None


class NewJob(_Record):
    """A job that is not in the ledger yet."""

    kind: JobKind
    collection: str
    args: dict[str, Any] = {}


class Job(NewJob):
    """A job of the ledger."""

    id: str
    state: JobState
    progress: Progress = Progress()
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancel_requested: bool = False
    result: dict[str, Any] | None = None
    problem: Problem | None = None


class Outcome(_Record):
    """The outcome of one step of a job."""

    done: int = 0
    skipped: int = 0
    updated: int = 0
    failures: tuple[Failure, ...] = ()
    chunks: int = 0
    """From the first step only: how many chunks the job has."""
    total: int | None = None
    """From the first step only: how many images the job has."""
    result: dict[str, Any] | None = None
