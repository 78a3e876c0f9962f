"""Uploads, each kept until its job has ended: one file joining the request's files, and an index.

A plan lists, in chunks, where the bytes of each image are, and the item and view that the image
shows. Workers therefore read images straight from an archive, without unpacking it to disk.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import BinaryIO, cast

from pydantic import TypeAdapter

from core.archives.file_slice import FileSlice
from core.errors import NotFound
from core.records import Record
from core.storage.backends import StorageBackend
from core.storage.joined_blobs import JoinedBlob, open_joined
from core.storage.planned_image import PlannedImage

_ROOT = "uploads"


class UploadedFile(Record):
    """A file of a request: its name as sent by the client, and the position of its bytes."""

    field: str
    filename: str
    offset: int
    size: int


_UPLOADED_FILES = TypeAdapter(list[UploadedFile])
_JOINED_BLOBS = TypeAdapter(list[JoinedBlob])
_JOINED = "pack.json"
"""Lists the blobs of which the pack of a resumable upload consists."""
_COPY_BYTES = 1 << 20
_SKUS = TypeAdapter(list[str])
_PLANNED_IMAGES = TypeAdapter(list[PlannedImage])


class UploadWriter:
    """Joins the files of one request in a single file."""

    def __init__(self, pack: BinaryIO) -> None:
        self._pack = pack
        self._current: tuple[str, str, int] | None = None
        self._size = 0
        self._sha256 = hashlib.sha256()
        self.files: list[UploadedFile] = []

    @property
    def digest(self) -> str:
        """SHA-256 of the contents of all files so far."""
        return self._sha256.hexdigest()

    def begin(self, field: str, filename: str) -> None:
        """Start the next file."""
        self._current = (field, filename, self._size)

    def write(self, data: bytes) -> None:
        """Append to the current file."""
        self._pack.write(data)
        self._sha256.update(data)
        self._size += len(data)

    def end(self) -> None:
        """End the current file."""
        assert self._current is not None  # noqa: S101 - the parser calls begin first
        field, filename, offset = self._current
        self.files.append(
            UploadedFile(field=field, filename=filename, offset=offset, size=self._size - offset)
        )


class Uploads:
    """Staged uploads by id; opening or listing a discarded upload raises `NotFound`."""

    def __init__(self, files: StorageBackend) -> None:
        self._files = files

    @contextmanager
    def receive(self, upload: str) -> Iterator[UploadWriter]:
        """Stage an upload, which is stored if the block succeeds and discarded otherwise."""
        try:
            with self._files.open_write(_path(upload, "pack")) as pack:
                writer = UploadWriter(pack)
                yield writer
            index = _UPLOADED_FILES.dump_json(writer.files)
            self._files.write(_path(upload, "files.json"), index)
        except BaseException:
            self.discard(upload)
            raise

    def exists(self, upload: str) -> bool:
        """Return whether an upload has arrived completely and is still there."""
        return self._files.exists(_path(upload, "files.json"))

    def files(self, upload: str) -> list[UploadedFile]:
        """Return the files of an upload."""
        self._check_exists(upload, "files.json")
        return _UPLOADED_FILES.validate_json(self._files.read(_path(upload, "files.json")))

    @contextmanager
    def open(self, upload: str, blob: str = "pack") -> Iterator[BinaryIO]:
        """Open a blob of an upload for reading."""
        with ExitStack() as stack:
            try:
                file = stack.enter_context(self._files.open_read(_path(upload, blob)))
            except NotFound:
                file = stack.enter_context(self._open_joined(upload, blob))
            yield file

    def _open_joined(self, upload: str, blob: str) -> AbstractContextManager[BinaryIO]:
        """Open the pack of an upload that arrived in several requests."""
        self._check_exists(upload, _JOINED if blob == "pack" else blob)
        blobs = _JOINED_BLOBS.validate_json(self._files.read(_path(upload, _JOINED)))
        return open_joined(blobs, partial(self.open, upload))

    @contextmanager
    def open_file(self, upload: str, file: UploadedFile) -> Iterator[BinaryIO]:
        """Open one file of an upload for reading."""
        with self.open(upload) as pack:
            yield cast("BinaryIO", FileSlice(pack, file.offset, file.size, file.filename))

    def add_blob(self, upload: str, blob: str) -> AbstractContextManager[BinaryIO]:
        """Open an additional blob of an upload for writing."""
        return self._files.open_write(_path(upload, blob))

    def copy(self, source: str, target: str, blob: str) -> None:
        """Copy the pack of one upload into a new blob of another."""
        with self.open(source) as pack, self.add_blob(target, blob) as copied:
            shutil.copyfileobj(pack, copied, _COPY_BYTES)

    def join(self, upload: str, blobs: Sequence[JoinedBlob], files: list[UploadedFile]) -> None:
        """Make the blobs of an upload, one after the other, its pack, and these its files."""
        self._files.write(_path(upload, _JOINED), _JOINED_BLOBS.dump_json(list(blobs)))
        self._files.write(_path(upload, "files.json"), _UPLOADED_FILES.dump_json(files))

    def separate(self, upload: str) -> None:
        """Undo `join`."""
        self._files.delete(_path(upload, "files.json"))
        self._files.delete(_path(upload, _JOINED))

    def free_bytes(self) -> int | None:
        """Return the free disk space, or None if it is unknown."""
        return self._files.free_bytes()

    def write_plan(self, upload: str, chunks: Iterable[tuple[str, list[PlannedImage]]]) -> None:
        """Write named chunks of the plan."""
        self._files.write_all(
            (
                _path(upload, f"plan/{name}.json"),
                _PLANNED_IMAGES.dump_json(images, exclude_defaults=True),
            )
            for name, images in chunks
        )

    def read_chunk(self, upload: str, name: str) -> list[PlannedImage]:
        """Return a chunk of the plan."""
        return _PLANNED_IMAGES.validate_json(self._files.read(_path(upload, f"plan/{name}.json")))

    def write_names(self, upload: str, name: str, skus: list[str]) -> None:
        """Write the SKUs of all items in an upload; `name` is the id of the upload's job."""
        self._files.write(_path(upload, f"names-{name}.json"), _SKUS.dump_json(skus))

    def find_names(self, upload: str, name: str) -> list[str] | None:
        """Return the SKUs that `write_names` has written, or None."""
        document = self._files.find(_path(upload, f"names-{name}.json"))
        return None if document is None else _SKUS.validate_json(document)

    def has_others(self, upload: str) -> bool:
        """Return whether there are uploads besides this one; their jobs may still be running."""
        return any(other != upload for other in self._files.list_names(_ROOT))

    def arrival_times(self) -> Iterator[tuple[str, datetime]]:
        """Yield the id and the arrival time of each upload."""
        for upload in self._files.list_names(_ROOT):
            with suppress(NotFound):  # discarded since it was listed
                yield upload, self._files.modified_at(f"{_ROOT}/{upload}")

    def discard(self, upload: str) -> None:
        """Delete an upload and its plan."""
        self._files.delete_tree(f"{_ROOT}/{upload}")

    def _check_exists(self, upload: str, name: str) -> None:
        if not self._files.exists(_path(upload, name)):
            raise NotFound("the upload has been deleted; send the files again")


def _path(upload: str, name: str) -> str:
    return f"{_ROOT}/{upload}/{name}"
