"""Requests trainings, coalesced: many changes lead to one training."""

from core.jobs import JobKind, NewJob
from core.pipelines.services import Services
from core.storage import Collection


def request_training(collection: str, services: Services) -> str:
    """Return the id of a job that will train on the current data: a queued one, or a new one."""
    queued = services.ledger.find_queued(JobKind.TRAIN, collection)
    return (queued or services.submit(NewJob(kind=JobKind.TRAIN, collection=collection))).id


def request_training_after_change(collection: Collection, services: Services) -> None:
    """Request a training after items changed, if the collection has sales to train on."""
    if services.sales(collection).uploads():
        request_training(collection.name, services)
