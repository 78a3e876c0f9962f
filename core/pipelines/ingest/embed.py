"""One chunk of an ingest: read, decode, embed, and put into store and vectors.

Decoding and the network take turns in one thread; a worker runs several chunks at once, so that
one decodes while another is in the network.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import Encoder
from core.encoders.pixels import read
from core.errors import CoreError, Unavailable
from core.jobs import Failure, IngestArgs, Job, Outcome
from core.pipelines.ingest.keep import Taken, keep
from core.pipelines.ingest.plan import chunk_file
from core.pipelines.rooms import Report, Rooms
from core.settings import MEBIBYTE
from core.store import Entry, Item, ItemImage, picture_file, read_entry


@dataclass(frozen=True)
class _Read:
    """A picture's bytes, and what they show at the encoder's size."""

    entry: Entry
    data: bytes
    image: ItemImage
    pixels: NDArray[np.uint8]


def embed(job: Job, chunk: int, rooms: Rooms, report: Report) -> Outcome:
    """Take one chunk of the plan in; a picture that cannot be taken fails alone.

    Raises:
        NotFound: the collection was deleted meanwhile.
        Unavailable: a part does not answer; the chunk can be tried again.
    """
    collection = rooms.collection(job)
    encoder = rooms.encoder_of(collection)
    upload = IngestArgs.model_validate(job.args).upload
    entries = rooms.uploads.chunk(upload, chunk_file(job, chunk))
    known = rooms.items(collection).find({entry.sku for entry in entries})
    reader = _Reader(rooms, encoder, known)
    taken: list[Taken] = []
    with ExitStack() as stack:
        blobs = {b: stack.enter_context(rooms.uploads.opened(upload, b)) for b in _blobs(entries)}
        for batch in _batches(reader.read(entries, blobs, chunk), rooms.batch):
            vectors = encoder.encode(np.stack([one.pixels for one in batch]))
            taken += [
                Taken(one.entry, one.data, one.image, vector)
                for one, vector in zip(batch, vectors, strict=True)
            ]
            report()
    keep(collection, taken, reader.unchanged, rooms)
    return Outcome(done=len(taken), skipped=len(reader.unchanged), failures=tuple(reader.failures))


def _blobs(entries: list[Entry]) -> set[str]:
    return {entry.blob for entry in entries}


class _Reader:
    """Decodes pictures, and sorts out those that are broken or there already."""

    def __init__(self, rooms: Rooms, encoder: Encoder, known: dict[str, Item]) -> None:
        self._rooms, self._encoder, self._known = rooms, encoder, known
        self.failures: list[Failure] = []
        self.unchanged: list[Entry] = []

    def read(self, entries: list[Entry], blobs: dict[str, BinaryIO], chunk: int) -> Iterator[_Read]:
        for place, entry in enumerate(entries):
            try:
                one = self._read(entry, blobs[entry.blob])
            except Unavailable:
                raise
            except CoreError as exc:
                self.failures.append(_failure(entry, exc, (chunk, place)))
                continue
            if one:
                yield one
            else:
                self.unchanged.append(entry)

    def _read(self, entry: Entry, blob: BinaryIO) -> _Read | None:
        limits = self._rooms.limits
        data = read_entry(blob, entry, max_bytes=limits.image_mb * MEBIBYTE)
        sha256 = hashlib.sha256(data).hexdigest()
        if self._is_there(entry, sha256):
            return None
        picture = read(data, side=self._encoder.side, max_megapixels=limits.megapixels)
        image = ItemImage(
            view=entry.view,
            file=picture_file(entry.sku, sha256),
            sha256=sha256,
            format=picture.format,
            width=picture.width,
            height=picture.height,
            bytes=len(data),
        )
        return _Read(entry, data, image, picture.pixels)

    def _is_there(self, entry: Entry, sha256: str) -> bool:
        item = self._known.get(entry.sku)
        return item is not None and any(
            image.view == entry.view and image.sha256 == sha256 for image in item.images
        )


def _failure(entry: Entry, error: CoreError, place: tuple[int, int]) -> Failure:
    return Failure(
        file=entry.file,
        sku=entry.sku,
        view=entry.view,
        code=error.code,
        reason=error.detail,
        entry=place,
    )


def _batches(reads: Iterator[_Read], size: int) -> Iterator[list[_Read]]:
    batch: list[_Read] = []
    for one in reads:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def set_aside(job: Job, chunk: int, rooms: Rooms) -> Outcome:
    """What a chunk comes to whose worker died every time it was tried."""
    upload = IngestArgs.model_validate(job.args).upload
    entries = rooms.uploads.chunk(upload, chunk_file(job, chunk))
    return Outcome(
        failures=tuple(
            _failure(
                entry,
                WorkerLost("its worker died every time; one of its chunk may be the cause"),
                (chunk, place),
            )
            for place, entry in enumerate(entries)
        )
    )


class WorkerLost(CoreError):
    """Raised for pictures whose worker died every time they were tried."""

    code = "worker-lost"
    title = "The worker died"
