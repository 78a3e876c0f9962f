"""What clients sent, as it came, until its job has ended: one file of all parts, and an index.

A plan beside it names, chunk by chunk, which bytes become which picture of which item; so workers
read pictures straight out of an archive and nothing is unpacked to disk.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter

from core.archives.file_slice import Window
from core.domain import Attributes
from core.errors import NotFound, TooLarge, UnreadableImage
from core.storage.files import Files

_ROOT = "uploads"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Part(_Record):
    """One file of a request: its name as the client gave it, and where its bytes are."""

    field: str
    filename: str
    offset: int
    size: int


class Entry(_Record):
    """One picture of an upload: where its bytes are, and what it is to be."""

    file: str
    sku: str
    view: str
    attributes: Attributes | None = None
    replace: bool = False
    """Whether the item keeps only the views of this upload."""
    blob: str = "pack"
    """Where its bytes are; empty: there is no picture, only attributes of an item."""
    offset: int = 0
    size: int = 0
    packed: int | None = None
    """Length of the deflated bytes; None if they are stored as they are."""
    crc: int | None = None


_ENTRIES = TypeAdapter(list[Entry])


class PackWriter:
    """Appends the parts of one request to one file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._begun: tuple[str, str, int] | None = None
        self._size = 0
        self.parts: list[Part] = []

    def begin(self, field: str, filename: str) -> None:
        """Start the next part."""
        self._begun = (field, filename, self._size)

    def write(self, data: bytes) -> None:
        """Append to the part that was begun."""
        self._file.write(data)
        self._size += len(data)

    def end(self) -> None:
        """Close the part."""
        assert self._begun is not None  # noqa: S101 - the parser calls begin first
        field, filename, offset = self._begun
        self.parts.append(
            Part(field=field, filename=filename, offset=offset, size=self._size - offset)
        )


class Uploads:
    """Staged uploads by id."""

    def __init__(self, files: Files) -> None:
        self._files = files

    @contextmanager
    def receive(self, upload: str) -> Iterator[PackWriter]:
        """Stage a request; it is kept, synced, when the block ends well, else nothing is."""
        try:
            with self._files.writing(_path(upload, "pack")) as file:
                writer = PackWriter(file)
                yield writer
            index = json.dumps([part.model_dump() for part in writer.parts])
            self._files.write(_path(upload, "parts.json"), index.encode())
        except BaseException:
            self.discard(upload)
            raise

    def parts(self, upload: str) -> list[Part]:
        """The parts of an upload.

        Raises:
            NotFound: it is not there any more.
        """
        self._check_kept(upload, "parts.json")
        rows = json.loads(self._files.read(_path(upload, "parts.json")))
        return [Part.model_validate(row) for row in rows]

    @contextmanager
    def opened(self, upload: str, blob: str = "pack") -> Iterator[BinaryIO]:
        """The bytes of an upload.

        Raises:
            NotFound: it is not there any more.
        """
        self._check_kept(upload, blob)
        with self._files.reading(_path(upload, blob)) as file:
            yield file

    @contextmanager
    def opened_part(self, upload: str, part: Part) -> Iterator[BinaryIO]:
        """The bytes of one file of an upload.

        Raises:
            NotFound: it is not there any more.
        """
        with self.opened(upload) as pack:
            yield cast("BinaryIO", Window(pack, part.offset, part.size))

    @contextmanager
    def adding(self, upload: str, blob: str) -> Iterator[BinaryIO]:
        """Write a further blob beside the pack."""
        with self._files.writing(_path(upload, blob)) as file:
            yield file

    def free_bytes(self) -> int | None:
        """Room left where uploads are kept."""
        return self._files.free_bytes()

    def plan(self, upload: str, chunks: Iterable[tuple[str, list[Entry]]]) -> None:
        """Write chunks of the plan, each under its name."""
        self._files.write_all(
            (_path(upload, f"plan/{name}.json"), _ENTRIES.dump_json(entries, exclude_defaults=True))
            for name, entries in chunks
        )

    def chunk(self, upload: str, name: str) -> list[Entry]:
        """Read one chunk of the plan."""
        return _ENTRIES.validate_json(self._files.read(_path(upload, f"plan/{name}.json")))

    def arrivals(self) -> Iterator[tuple[str, datetime]]:
        """Ids of all uploads, and when each came."""
        for upload in self._files.names(_ROOT):
            try:
                yield upload, self._files.changed_at(f"{_ROOT}/{upload}")
            except NotFound:  # discarded since it was listed
                continue

    def _check_kept(self, upload: str, name: str) -> None:
        if not self._files.exists(_path(upload, name)):
            raise NotFound("the upload is not kept any more; send the files again")

    def discard(self, upload: str) -> None:
        """Remove an upload and its plan."""
        self._files.delete_tree(f"{_ROOT}/{upload}")


def read_entry(file: BinaryIO, entry: Entry, *, max_bytes: int) -> bytes:
    """The bytes of one picture out of an opened blob.

    Raises:
        TooLarge: it is, or unpacks to, more than `max_bytes`.
        UnreadableImage: the archive is damaged here.
    """
    if entry.size > max_bytes:
        raise TooLarge(f"the file has {entry.size:,} bytes; the limit is {max_bytes:,}")
    file.seek(entry.offset)
    if entry.packed is None:
        data = file.read(entry.size)
    else:
        data = _inflate(file.read(min(entry.packed, max_bytes)), max_bytes)
    if len(data) != entry.size or (entry.crc is not None and zlib.crc32(data) != entry.crc):
        raise UnreadableImage("the archive is damaged here: length or checksum is not as it says")
    return data


def _inflate(packed: bytes, max_bytes: int) -> bytes:
    try:
        data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, max_bytes + 1)
    except zlib.error as exc:
        raise UnreadableImage(f"the archive is damaged here: {exc}") from exc
    if len(data) > max_bytes:
        raise TooLarge(f"the file unpacks to more than {max_bytes:,} bytes")
    return data


def _path(upload: str, name: str) -> str:
    return f"{_ROOT}/{upload}/{name}"
