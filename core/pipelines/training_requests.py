"""Asks for trainings: many changes, one training."""

from core.jobs import JobKind, NewJob
from core.pipelines.services import Services
from core.storage import Collection


def ask_for_training(collection: str, services: Services) -> str:
    """The job that will train on what there is now: one that waits already, or a new one."""
    waiting = services.ledger.waiting(JobKind.TRAIN, collection)
    return (waiting or services.submit(NewJob(kind=JobKind.TRAIN, collection=collection))).id


def items_changed(collection: Collection, services: Services) -> None:
    """Lists follow items, where there are sales to make lists of."""
    if services.sales(collection).uploads():
        ask_for_training(collection.name, services)
