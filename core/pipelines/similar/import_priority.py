"""Lets imports go before the scale of scores and the duplicates, which would take a core."""

from datetime import UTC, datetime

from core.jobs import Job, JobKind
from core.pipelines.services import Services

MAX_WAIT_S = 60


def waits_for_imports(job: Job, services: Services) -> bool:
    """Return whether an update should wait because images of any collection are being imported.

    Once an update has run for a minute, it waits no longer, however many imports follow.
    """
    return any(map(_has_images_left, services.ledger.open_jobs())) and _age_s(job) < MAX_WAIT_S


def _has_images_left(job: Job) -> bool:
    """Return whether a job is an import that does more than to end."""
    progress = job.progress
    finished = progress.done + progress.skipped + progress.failed
    return job.kind is JobKind.INGEST and (progress.total is None or finished < progress.total)


def _age_s(job: Job) -> float:
    now = datetime.now(UTC)
    return (now - (job.started_at or now)).total_seconds()
