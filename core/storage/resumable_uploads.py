"""Uploads that arrive in several requests, so that a broken connection costs only little.

The bytes are stored as parts, each a file of its own whose name says where its bytes start. A part
appears whole or not at all, and of two requests that send the same bytes only one can create it.
This needs neither locks nor files that grow, and works the same in a folder and in a bucket.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from core.errors import Conflict, NotFound
from core.records import Record
from core.storage.backends import StorageBackend
from core.storage.documents import find_document
from core.storage.joined_blobs import JoinedBlob
from core.storage.uploads import UploadedFile, Uploads

LIFETIME = timedelta(days=1)
"""How long an unfinished upload is kept after its last part has arrived."""
_ROOT = "uploads"
_DESCRIPTION = "upload.json"
_PART, _FORM = "part-", "form-"


class ResumableUpload(Record):
    """What a client has announced to upload."""

    filename: str
    size: int
    fingerprint: str
    """Chosen by the client, which recognises by it what it has begun to upload."""
    key: str
    """The id of the API key that the upload belongs to; "" without keys."""


class UploadState(Record):
    """An upload that is not used yet, and how much of it is stored."""

    id: str
    upload: ResumableUpload
    offset: int
    parts: int
    expires_at: datetime


class ResumableUploads:
    """Resumable uploads by id; those that are in use are ordinary uploads."""

    def __init__(self, files: StorageBackend) -> None:
        self._files, self._uploads = files, Uploads(files)

    def create(self, upload_id: str, upload: ResumableUpload) -> UploadState:
        """Announce an upload."""
        self._files.write(_path(upload_id, _DESCRIPTION), upload.model_dump_json().encode())
        return self.get(upload_id)

    def get(self, upload_id: str) -> UploadState:
        """Return an upload that has not expired.

        Raises:
            NotFound: there is no such upload.
        """
        upload = find_document(self._files, _path(upload_id, _DESCRIPTION), ResumableUpload)
        if upload is None:
            raise NotFound(f"there is no upload {upload_id}")
        expires_at = self._files.modified_at(f"{_ROOT}/{upload_id}") + LIFETIME
        if expires_at < datetime.now(UTC):
            raise NotFound(f"upload {upload_id} has expired")
        starts = self._starts(upload_id)
        offset = starts[-1] + self._size(_part(upload_id, starts[-1])) if starts else 0
        return UploadState(
            id=upload_id, upload=upload, offset=offset, parts=len(starts), expires_at=expires_at
        )

    def unfinished(self) -> Iterator[UploadState]:
        """Yield all uploads that are not in use."""
        for upload_id in self._files.list_names(_ROOT):
            # an upload of one request, or discarded meanwhile, or with a damaged description
            with suppress(NotFound, Conflict):
                if not self._uploads.exists(upload_id):
                    yield self.get(upload_id)

    def append(self, upload_id: str, start: int, data: bytes) -> None:
        """Store the bytes from `start` on, where the stored bytes end; they survive a power cut.

        Raises:
            Conflict: another request has stored these bytes.
        """
        if not self._files.create(_part(upload_id, start), data):
            raise Conflict(
                f"another request has stored the bytes of upload {upload_id} from {start:,} on; "
                "ask for the offset, then continue there"
            )

    def use(self, state: UploadState, field: str, form: str) -> list[UploadedFile]:
        """Make a complete upload readable like one that arrived in a single request.

        Its bytes become the first file, of the form field `field`. The files of the upload `form`,
        which a form has brought along, follow. Callers hold a lock on the upload.
        """
        files = [
            UploadedFile(field=field, filename=state.upload.filename, offset=0, size=state.offset)
        ]
        joined = [*self._parts(state)]
        if others := self._uploads.files(form):
            blob = f"{_FORM}{form}"
            self._uploads.copy(form, state.id, blob)
            joined.append(JoinedBlob(name=blob, size=self._size(_path(state.id, blob))))
            files += [
                file.model_copy(update={"offset": file.offset + state.offset}) for file in others
            ]
        self._uploads.join(state.id, joined, files)
        return files

    def release(self, upload_id: str) -> None:
        """Make an upload usable again, because the request that was to use it was refused."""
        self._uploads.separate(upload_id)
        for name in self._files.list_names(f"{_ROOT}/{upload_id}"):
            if name.startswith(_FORM):
                self._files.delete(_path(upload_id, name))

    def _parts(self, state: UploadState) -> Iterator[JoinedBlob]:
        for start, end in pairwise([*self._starts(state.id), state.offset]):
            yield JoinedBlob(name=f"{_PART}{start:015}", size=end - start)

    def _starts(self, upload_id: str) -> list[int]:
        names = self._files.list_names(f"{_ROOT}/{upload_id}")
        return [int(name.removeprefix(_PART)) for name in names if name.startswith(_PART)]

    def _size(self, path: str) -> int:
        with self._files.open_read(path) as file:
            return file.seek(0, 2)


def _part(upload_id: str, start: int) -> str:
    return _path(upload_id, f"{_PART}{start:015}")


def _path(upload_id: str, name: str) -> str:
    return f"{_ROOT}/{upload_id}/{name}"
