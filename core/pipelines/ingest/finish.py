"""The last step of an ingest job."""

from core.jobs import IngestArgs, Job, Outcome
from core.pipelines.services import Services
from core.pipelines.training_requests import request_training_after_change


def finish(job: Job, services: Services) -> Outcome:
    """Discard the upload unless failed images can be retried; count the items and images."""
    collection = services.collection(job)
    upload = IngestArgs.model_validate(job.args).upload
    if not any(failure.entry for failure in services.ledger.all_failures(job.id)):
        services.uploads.discard(upload)
    if job.progress.done:
        request_training_after_change(collection, services)
    return Outcome(result={**(job.result or {}), **services.items(collection).count()})
