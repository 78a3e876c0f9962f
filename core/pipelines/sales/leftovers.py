"""Deletes files of imports and training runs that died, since the files may name users."""

from core.errors import NotFound
from core.jobs import Job, JobKind
from core.pipelines.services import Services
from core.storage import Collection
from core.storage.sales import REPORT


def drop_leftovers(collection: Collection, services: Services) -> None:
    """Delete everything that no job needs any more. Callers hold the collection's lock.

    Imports and training runs that have not ended delete their own leftovers when they run again.
    """
    sales, generations = services.sales(collection), services.generations(collection)
    for upload_id in sales.ids():
        if _has_ended(upload_id, services):
            sales.remove_leftovers(upload_id)
    for generation in generations.ids():
        if _has_ended(generation, services):
            generations.remove_leftovers(generation)
    drop_incomplete_uploads(collection, services)
    for job in _ended_imports(collection.name, services):
        services.uploads.discard(str(job.args["upload"]))


def drop_incomplete_uploads(collection: Collection, services: Services) -> list[str]:
    """Delete order lines of imports that failed or were cancelled; return the ids of the jobs."""
    store = services.sales(collection)
    incomplete = [
        upload_id
        for upload_id in store.ids()
        if _has_ended(upload_id, services) and not store.exists(upload_id, REPORT)  # in this order
    ]
    for upload_id in incomplete:
        store.remove(upload_id)
    return incomplete


def _has_ended(job_id: str, services: Services) -> bool:
    try:
        return services.ledger.get(job_id).state.final
    except NotFound:
        return True


def _ended_imports(collection: str, services: Services) -> list[Job]:
    """Return the imports that will not read their files again unless somebody retries them."""
    cursor, imports = None, list[Job]()
    while True:
        jobs, cursor = services.ledger.page(collection=collection, cursor=cursor, limit=200)
        imports += [job for job in jobs if job.kind is JobKind.IMPORT_SALES and job.state.final]
        if cursor is None:
            return imports
