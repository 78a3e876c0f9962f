"""Submits the job of a form that names a resumable upload in place of a file."""

from collections.abc import Callable
from dataclasses import replace

from api.dependencies import Services
from api.middleware.current_key import can_see
from api.services.multipart_upload import UploadedForm
from api.services.resumable_upload import find_upload, unknown_upload
from core.errors import Conflict, CoreError, Unavailable
from core.jobs import Idempotency, Job, NewJob
from core.storage import UploadState


def submit_resumed(
    services: Services,
    idempotency: Idempotency | None,
    form: UploadedForm,
    field: str,
    new_job: Callable[[UploadedForm], NewJob],
) -> Job:
    """Submit the job of a form that names an upload in place of the file `field`.

    The job has the id of the upload. If the request is refused, the upload can be used again.

    Raises:
        NotFound: the key has no such upload.
        Conflict: the upload is incomplete, or was used by another request.
    """
    upload_id = form.texts["upload"]
    try:
        with services.locks.exclusive(f"upload {upload_id[:80]}"):
            if jobs := services.ledger.find_all([upload_id]):
                return _earlier_job(jobs[0], services, idempotency)
            state = find_upload(upload_id, services)
            _check_complete(state)
            files = services.resumable_uploads.use(state, field, form.upload_id)
            try:
                new = new_job(replace(form, upload_id=upload_id, files=files))
                return services.dispatcher.submit(new, idempotency=idempotency, job_id=upload_id)
            except Unavailable:  # the job may have been recorded nevertheless
                raise
            except CoreError:
                services.resumable_uploads.release(upload_id)
                raise
    finally:
        services.uploads.discard(form.upload_id)


def _earlier_job(job: Job, services: Services, idempotency: Idempotency | None) -> Job:
    """Return the job that uses an upload if the same request has created it."""
    if idempotency:
        request = services.ledger.find_request(idempotency.key)
        if request == (job.id, idempotency.digest):
            return job
    if not can_see(job.collection):
        raise unknown_upload(job.id)
    raise Conflict(
        f"upload {job.id} was used already, by the job of the same id in collection "
        f"{job.collection!r}; to import the file once more, send it again"
    )


def _check_complete(state: UploadState) -> None:
    if state.offset < state.upload.size:
        raise Conflict(
            f"only {state.offset:,} of {state.upload.size:,} bytes of upload {state.id} have "
            "arrived; send the rest first",
            offset=state.offset,
        )
