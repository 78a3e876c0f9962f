"""Deletes one sales upload or all sales uploads."""

from contextlib import suppress

from core.errors import Conflict, NotFound
from core.jobs import DeleteSalesArgs, Job, Outcome
from core.pipelines.sales.leftovers import drop_leftovers
from core.pipelines.sales.revision import raise_revision
from core.pipelines.services import Heartbeat, Services
from core.pipelines.training_requests import request_training
from core.storage import SalesStore


def delete_sales(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Delete one upload or all uploads, and request training, which updates the lists.

    Files that were sent before the deletion of all sales are not imported after it; files that
    were sent later stay.
    """
    collection = services.collection(job)
    store = services.sales(collection)
    only = DeleteSalesArgs.model_validate(job.args).upload
    if only is not None:
        with suppress(Conflict, NotFound):  # an import that died after its last step would repeat
            services.ledger.cancel(only)
    with services.locks.exclusive(collection.name):
        if only is None:
            store.forbid_before(job.sequence)
        upload_ids = _select(store, only, job.sequence)
        raise_revision(services.generations(collection))
        for upload_id in upload_ids:
            store.remove(upload_id)
            heartbeat()
        drop_leftovers(collection, services)
    training = request_training(collection.name, services, at_once=True)
    count = len(upload_ids)
    return Outcome(done=count, total=count, result={"training": training})


def _select(store: SalesStore, only: str | None, sequence: int) -> list[str]:
    """Return the ids of the uploads to delete."""
    if only is not None:
        return [only] if store.find(only) else []
    return [upload.id for upload in store.uploads() if upload.sequence < sequence]
