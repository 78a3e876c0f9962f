"""Resumable uploads of the current API key: announces, lists, finds and deletes them."""

import re
from contextlib import suppress

from api.dependencies import Services
from api.middleware.current_key import current_key_id
from api.services.multipart_upload import check_free_space
from core.errors import Conflict, InvalidInput, NotFound, TooLarge
from core.jobs.ledger import new_id
from core.settings import MEBIBYTE
from core.storage import ResumableUpload, UploadState

_ID = re.compile(r"[0-9a-f]{24}")


def create_upload(upload: ResumableUpload, services: Services) -> UploadState:
    """Announce an upload for the current key.

    Raises:
        InvalidInput: the file is empty.
        TooLarge: the file is larger than an upload may be.
        Conflict: the key has too many unfinished uploads.
        StorageFull: the file, and the rest of all unfinished uploads, would fill the disk.
    """
    limits = services.settings.limits
    if upload.size == 0:
        raise InvalidInput("header Upload-Length: the file is empty; send a file with content")
    if upload.size > limits.max_upload_mb * MEBIBYTE:
        raise TooLarge(
            f"the file is {upload.size:,} bytes long; the limit is {limits.max_upload_mb} MiB"
        )
    unfinished = list(services.resumable_uploads.unfinished())
    own = sum(state.upload.key == upload.key for state in unfinished)
    if own >= limits.max_open_uploads:
        raise Conflict(
            f"this key has {own} uploads that are not used yet; use or delete some of them "
            "(`lookalike uploads`), or wait until they expire"
        )
    expected = sum(state.upload.size - state.offset for state in unfinished)
    check_free_space(services.uploads, limits, expected + upload.size)
    return services.resumable_uploads.create(new_id(), upload)


def list_uploads(services: Services) -> list[UploadState]:
    """Return the uploads of the current key that no request has used yet."""
    states = services.resumable_uploads.unfinished()
    return [state for state in states if state.upload.key == current_key_id()]


def find_upload(upload_id: str, services: Services) -> UploadState:
    """Return an upload of the current key.

    Raises:
        NotFound: there is none with this id.
    """
    if _ID.fullmatch(upload_id):
        with suppress(NotFound):
            state = services.resumable_uploads.get(upload_id)
            if state.upload.key == current_key_id():
                return state
    raise unknown_upload(upload_id)


def unknown_upload(upload_id: str) -> NotFound:
    """Return the error for an upload that the current key does not have."""
    return NotFound(
        f"there is no upload {upload_id[:80]!r} of this API key; it was deleted, used or has "
        "expired: start again with POST /v1/uploads"
    )


def delete_upload(upload_id: str, services: Services) -> None:
    """Delete an upload of the current key.

    Raises:
        NotFound: there is none with this id.
        Conflict: a job uses the upload.
    """
    find_upload(upload_id, services)
    with services.locks.exclusive(f"upload {upload_id}"):
        if services.ledger.find_all([upload_id]):
            raise Conflict(f"job {upload_id} uses this upload; cancel the job instead")
        services.uploads.discard(upload_id)
