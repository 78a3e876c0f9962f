"""Requests training; the changes of one night lead to one training run."""

from collections.abc import Sequence
from datetime import UTC, datetime

from core.jobs import Job, JobKind, NewJob
from core.pipelines.services import Services
from core.storage import Collection

_WAITS_FOR = {
    JobKind.TRAIN: {JobKind.INGEST, JobKind.IMPORT_SALES},
    JobKind.FIT_RECIPE: {JobKind.INGEST, JobKind.REBUILD, JobKind.CHANGE_ENCODER},
}
"""Jobs that a job of some kind waits for, because they change what it starts from."""


def request_training(collection: str, services: Services, *, at_once: bool = False) -> str:
    """Return the ID of a job, queued or new, that will train on the current data.

    The run is put off as the settings say, unless it is the collection's first run or must start
    now.
    """
    new = NewJob(kind=JobKind.TRAIN, collection=collection)
    put_off = not at_once and _has_been_trained(collection, services)
    delay = services.training_schedule.delay(datetime.now(UTC)) if put_off else None
    return services.job_queue.submit_once(new, delay).id


def request_training_after_change(collection: Collection, services: Services) -> None:
    """Request training after items, images or their vectors changed, if there are sales."""
    if services.sales(collection).uploads():
        request_training(collection.name, services)


def waits_for_data(job: Job, open_jobs: Sequence[Job], services: Services) -> bool:
    """Put off a training or fit that is due if data for its collection is still coming in.

    Returns whether the job was put off; after the maximum delay, it starts in any case.
    """
    now = datetime.now(UTC)
    if job.kind not in _WAITS_FOR or job.scheduled_for is None or job.scheduled_for > now:
        return False
    if not any(_delays(other, job) for other in open_jobs):
        return False
    new = NewJob(kind=job.kind, collection=job.collection)
    delay = services.training_schedule.quiet_time(job.kind)
    due = services.job_queue.submit_once(new, delay).scheduled_for
    return due is not None and due > now


def _delays(other: Job, job: Job) -> bool:
    return other.collection == job.collection and other.kind in _WAITS_FOR[job.kind]


def _has_been_trained(name: str, services: Services) -> bool:
    collection = services.collections.find(name)
    return bool(collection and services.generations(collection).recommender().trainings)
