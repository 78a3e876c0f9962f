"""Jobs, and the files that they could not process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from lookalike.models.base import ResponseModel


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
