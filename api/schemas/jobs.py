"""Models of jobs and their failures."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.schemas.base import ApiModel, Page, Timestamp
from api.schemas.parameters import JOB_ID
from core.jobs import JobKind, JobState, Problem, Progress

_PROGRESS = {
    "done": 640, "failed": 2, "skipped": 0, "updated": 0, "total": 3100, "rate": 142.0,
    "eta_seconds": 17.3,
}  # fmt: skip


class JobOut(ApiModel):
    """A job with its progress."""

    id: str = Field(examples=[JOB_ID])
    kind: JobKind = Field(examples=["ingest"])
    collection: str = Field(examples=["shop"])
    filename: str | None = Field(default=None, examples=["shop.zip"])
    """The file that an import reads, and how many others there are; null for other jobs."""
    state: JobState = Field(examples=["running"])
    """The last four states are final; `partial` means that some files failed."""
    progress: Progress = Field(examples=[_PROGRESS])
    created_at: Timestamp
    scheduled_for: datetime | None = Field(examples=[None])
    """When a training run that was put off starts; null if the job may start now."""
    started_at: Timestamp | None
    finished_at: datetime | None = Field(examples=[None])
    result: dict[str, Any] | None = Field(examples=[None])
    """The result; its fields depend on the job's kind."""
    problem: Problem | None = Field(examples=[None])
    """Why the job failed."""


class FailureOut(ApiModel):
    """A file that a job could not process."""

    file: str = Field(examples=["shop.zip/A-13/back.jpg"])
    """The path of the file in the upload, including the archive's name."""
    sku: str | None = Field(examples=["A-13"])
    view: str | None = Field(examples=["back"])
    url: str | None = Field(examples=[None])
    """The URL of an image that a manifest names by URL; `file` is then the manifest's line."""
    code: str = Field(examples=["unreadable-image"])
    reason: str = Field(examples=["the image cannot be read: image file is truncated"])
    """The cause, for people."""


class JobsPage(Page):
    """A page of jobs, newest first."""

    items: list[JobOut]


class FailuresPage(Page):
    """A page of a job's failures."""

    items: list[FailureOut]
