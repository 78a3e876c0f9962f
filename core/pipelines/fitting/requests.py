"""Requests the fit of a collection's recipe; imports in a row lead to one fit."""

from core.jobs import JobKind, NewJob
from core.pipelines.services import Services
from core.storage import Collection


def request_fit(collection: Collection, images: int, services: Services) -> None:
    """Request a fit if it is due, unless the settings turn automatic fits off.

    `images` is the number of images that the collection has. The job is put off until no images
    have come in for a while: a short one, since vectors that are not fitted find less, and are much
    longer.
    """
    items, fitting = services.items(collection), services.fitting
    if fitting.automatic and fitting.is_due(collection, images, items, services.vectors):
        new = NewJob(kind=JobKind.FIT_RECIPE, collection=collection.name)
        services.job_queue.submit_once(new, services.training_schedule.fit_delay())
