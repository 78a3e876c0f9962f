"""Requests training; many changes lead to one training run."""

from core.jobs import JobKind, NewJob
from core.pipelines.services import Services
from core.storage import Collection


def request_training(collection: str, services: Services) -> str:
    """Return the id of a job, queued or new, that will train on the current data."""
    queued = services.ledger.find_queued(JobKind.TRAIN, collection)
    return (queued or services.submit(NewJob(kind=JobKind.TRAIN, collection=collection))).id


def request_training_after_change(collection: Collection, services: Services) -> None:
    """Request training after items have changed, if the collection has sales."""
    if services.sales(collection).uploads():
        request_training(collection.name, services)
