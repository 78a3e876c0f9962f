"""Asks for trainings: many changes, one training."""

from core.jobs import JobKind, NewJob
from core.pipelines.services import Rooms
from core.storage import Collection


def ask_for_training(collection: str, rooms: Rooms) -> str:
    """The job that will train on what there is now: one that waits already, or a new one."""
    waiting = rooms.ledger.waiting(JobKind.TRAIN, collection)
    return (waiting or rooms.submit(NewJob(kind=JobKind.TRAIN, collection=collection))).id


def items_changed(collection: Collection, rooms: Rooms) -> None:
    """Lists follow items, where there are sales to make lists of."""
    if rooms.sales(collection).uploads():
        ask_for_training(collection.name, rooms)
