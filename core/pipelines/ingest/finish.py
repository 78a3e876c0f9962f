"""The last step of an ingest."""

from core.jobs import IngestArgs, Job, Outcome
from core.pipelines.services import Services
from core.pipelines.training_requests import items_changed


def finish(job: Job, services: Services) -> Outcome:
    """Drop the upload if all of it was taken; else it is kept for a retry.

    Raises:
        NotFound: the collection was deleted meanwhile.
    """
    collection = services.collection(job)
    upload = IngestArgs.model_validate(job.args).upload
    if not any(failure.entry for failure in services.ledger.all_failures(job.id)):
        services.uploads.discard(upload)
    if job.progress.done:
        items_changed(collection, services)
    return Outcome(result={**(job.result or {}), **services.items(collection).count()})
