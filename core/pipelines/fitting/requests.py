"""Requests the fit of a collection's recipe; the changes of one night lead to one fit."""

from datetime import UTC, datetime

from core.jobs import JobKind, NewJob
from core.pipelines.services import Services
from core.storage import Collection


def request_fit(collection: Collection, images: int, services: Services) -> None:
    """Request a fit if it is due, unless the settings say that nothing is fitted by itself.

    `images` is the number of images that the collection has. Like a training run, the job is put
    off until no data has come in for a while.
    """
    items, fitting = services.items(collection), services.fitting
    if fitting.automatic and fitting.is_due(collection, images, items, services.vectors):
        new = NewJob(kind=JobKind.FIT_RECIPE, collection=collection.name)
        services.job_queue.submit_once(new, services.training_schedule.delay(datetime.now(UTC)))
