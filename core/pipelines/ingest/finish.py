"""The last step of an ingest."""

from core.jobs import IngestArgs, Job, Outcome
from core.pipelines.services import Rooms
from core.pipelines.training_requests import items_changed


def finish(job: Job, rooms: Rooms) -> Outcome:
    """Drop the upload if all of it was taken; else it is kept for a retry.

    Raises:
        NotFound: the collection was deleted meanwhile.
    """
    collection = rooms.collection(job)
    upload = IngestArgs.model_validate(job.args).upload
    if not any(failure.entry for failure in rooms.ledger.all_failures(job.id)):
        rooms.uploads.discard(upload)
    if job.progress.done:
        items_changed(collection, rooms)
    return Outcome(result={**(job.result or {}), **rooms.items(collection).count()})
