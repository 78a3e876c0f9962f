"""A job, its kinds and states. Pure: no Redis, no clock."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.errors import CoreError


class JobKind(StrEnum):
    """What a job does; the value is also the name of its Celery task."""

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
        """The queue whose workers do it."""
        embedding = {JobKind.INGEST, JobKind.CHANGE_ENCODER, JobKind.REBUILD}
        return "embed" if self in embedding else "train"


QUEUES = ("search", *sorted({kind.queue for kind in JobKind}))
"""All queues, each with its workers; what is searched for is no job."""


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


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(_Record):
    """Why a whole job failed, in the words of an HTTP problem."""

    code: str
    title: str
    detail: str

    @classmethod
    def of(cls, error: CoreError) -> "Problem":
        """The problem that an error of ours tells."""
        return cls(code=error.code, title=error.title, detail=error.detail)


class Failure(_Record):
    """One file of a job that could not be taken, and why."""

    file: str
    code: str
    reason: str
    sku: str | None = None
    view: str | None = None
    entry: tuple[int, int] | None = Field(default=None, exclude=False)
    """Chunk and place in it, where a retry finds the file again; None if a retry is useless."""


class Progress(_Record):
    """How far a job is. Counts are images, or items where a job goes through a collection.

    The rate is so many a second over the last steps.
    """

    done: int = 0
    failed: int = 0
    skipped: int = 0
    updated: int = 0
    """Items that were there, and got other attributes."""
    total: int | None = None
    rate: float | None = None
    eta_seconds: float | None = None


class NewJob(_Record):
    """What a client asked for, before it is in the ledger."""

    kind: JobKind
    collection: str
    args: dict[str, Any] = {}


class Job(NewJob):
    """A job as the ledger knows it."""

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
    """What one step of a job came to."""

    done: int = 0
    skipped: int = 0
    updated: int = 0
    failures: tuple[Failure, ...] = ()
    chunks: int = 0
    """From the first step only: how many further steps the job has."""
    total: int | None = None
    """From the first step only: how many images the job has."""
    result: dict[str, Any] | None = None
