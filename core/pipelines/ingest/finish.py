"""The last step of an ingest job."""

from core.jobs import IngestArgs, Job, Outcome
from core.pipelines.fitting.requests import request_fit
from core.pipelines.ingest.full_sync import delete_missing
from core.pipelines.ingest.shared_images import imported_skus, warn_of_shared_images
from core.pipelines.services import Services
from core.pipelines.similar.requests import start_update
from core.pipelines.training_requests import request_training_after_change


def finish(job: Job, services: Services) -> Outcome:
    """Delete the items that a whole-catalogue upload lacks, and count all items and images.

    Discard the upload unless failed images can be retried.
    """
    collection = services.collection(job)
    upload = IngestArgs.model_validate(job.args).upload
    result = delete_missing(job, services)
    earlier = job.result or {}
    warnings = [part["warning"] for part in (earlier, result) if "warning" in part]
    if job.progress.done:  # an upload that changes nothing needs no warning again
        warnings += warn_of_shared_images(collection.name, imported_skus(job, services), services)
    if not any(failure.entry for failure in services.ledger.all_failures(job.id)):
        services.uploads.discard(upload)
    start_update(collection.name, services)
    counts = services.items(collection).count()
    if job.progress.done:
        request_training_after_change(collection, services)
        request_fit(collection, counts["images"], services)
    if job.image_problems:
        result["image_problems"] = job.image_problems
    if warnings:
        result["warning"] = " ".join(warnings)
    return Outcome(result={**earlier, **result, **counts})
