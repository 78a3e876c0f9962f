"""One chunk of an ingest: read, decode, embed, and put into store and vectors.

Decoding and the network take turns in one thread; a worker runs several chunks at once, so that
one decodes while another is in the network.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import BinaryIO

from core.batching import batched
from core.errors import CoreError, NotFound, Unavailable
from core.jobs import Failure, IngestArgs, Job, Outcome
from core.observability.metrics import STAGES
from core.pipelines.ingest.commit import Taken, keep
from core.pipelines.ingest.plan import chunk_file
from core.pipelines.services import Report, Services
from core.pipelines.vector_targets import Pixels, Target, decode_for, encode_for, targets_of
from core.settings import MEBIBYTE
from core.storage import Entry, Item, ItemImage, picture_file, read_entry

Placed = tuple[int, Entry]


@dataclass(frozen=True)
class _Read:
    """A picture's bytes, and what they show at the encoders' sizes."""

    entry: Entry
    data: bytes
    image: ItemImage
    pixels: Pixels


def embed(job: Job, chunk: int, services: Services, report: Report) -> Outcome:
    """Take one chunk of the plan in; a picture that cannot be taken fails alone.

    Raises:
        NotFound: the collection was deleted meanwhile.
        Unavailable: a part does not answer; the chunk can be tried again.
    """
    return take_in(job, chunk, entries_of(job, chunk, services), services, report)


def entries_of(job: Job, chunk: int, services: Services) -> list[Placed]:
    """The pictures of a chunk, each with its place in it."""
    upload = IngestArgs.model_validate(job.args).upload
    return list(enumerate(services.uploads.chunk(upload, chunk_file(job, chunk))))


def take_in(
    job: Job, chunk: int, placed: list[Placed], services: Services, report: Report
) -> Outcome:
    """Take some pictures of a chunk in. Raises: as `embed`."""
    upload = IngestArgs.model_validate(job.args).upload
    while True:
        collection = services.collection(job)
        targets = targets_of(collection, services)
        known = services.items(collection).find({entry.sku for _, entry in placed})
        reader = _Reader(services, targets, known)
        with ExitStack() as stack:
            blobs = {
                b: stack.enter_context(services.uploads.opened(upload, b))
                for b in {entry.blob for _, entry in placed if entry.blob}
            }
            taken = _embedded(targets, reader.read(placed, blobs, chunk), services, report)
        with _stage("keep"):
            updated = keep(collection, taken, reader.unchanged, services, report)
        if updated is not None:
            return Outcome(
                done=len(taken),
                skipped=len(reader.unchanged),
                updated=updated,
                failures=tuple(reader.failures),
            )


def _embedded(
    targets: list[Target], reads: Iterator[_Read], services: Services, report: Report
) -> list[Taken]:
    taken: list[Taken] = []
    for batch in batched(reads, services.batch):
        with _stage("encode"):
            vectors = encode_for(targets, [one.pixels for one in batch])
        taken += [
            Taken(one.entry, one.data, one.image, of)
            for one, of in zip(batch, vectors, strict=True)
        ]
        report()
    return taken


def _stage(name: str) -> AbstractContextManager[object]:
    return STAGES.labels("ingest", name).time()


class _Reader:
    """Decodes pictures, and sorts out those that are broken or there already."""

    def __init__(self, services: Services, targets: list[Target], known: dict[str, Item]) -> None:
        self._services, self._targets, self._known = services, targets, known
        self.failures: list[Failure] = []
        self.unchanged: list[Entry] = []

    def read(self, placed: list[Placed], blobs: dict[str, BinaryIO], chunk: int) -> Iterator[_Read]:
        for place, entry in placed:
            try:
                one = self._read(entry, blobs)
            except Unavailable:
                raise
            except CoreError as exc:
                self.failures.append(failure(entry, exc, (chunk, place)))
                continue
            if one:
                yield one
            else:
                self.unchanged.append(entry)

    def _read(self, entry: Entry, blobs: dict[str, BinaryIO]) -> _Read | None:
        if not entry.blob:
            self._check_there(entry)
            return None
        limits = self._services.limits
        with _stage("read"):
            data = read_entry(blobs[entry.blob], entry, max_bytes=limits.image_mb * MEBIBYTE)
        sha256 = hashlib.sha256(data).hexdigest()
        if self._is_there(entry, sha256):
            return None
        with _stage("decode"):
            picture, pixels = decode_for(self._targets, data, max_megapixels=limits.megapixels)
        image = ItemImage(
            view=entry.view,
            file=picture_file(entry.sku, sha256),
            sha256=sha256,
            format=picture.format,
            width=picture.width,
            height=picture.height,
            bytes=len(data),
        )
        return _Read(entry, data, image, pixels)

    def _check_there(self, entry: Entry) -> None:
        """Raises NotFound where attributes come alone for an item that is not there."""
        if entry.sku not in self._known:
            raise NotFound(f"item {entry.sku!r} is not in this collection; send a picture of it")

    def _is_there(self, entry: Entry, sha256: str) -> bool:
        item = self._known.get(entry.sku)
        return item is not None and any(
            image.view == entry.view and image.sha256 == sha256 for image in item.images
        )


def failure(entry: Entry, error: CoreError, place: tuple[int, int]) -> Failure:
    """A picture that could not be taken, with the chunk and the place where a retry finds it."""
    return Failure(
        file=entry.file,
        sku=entry.sku,
        view=entry.view,
        code=error.code,
        reason=error.detail,
        entry=place,
    )
