"""One chunk of an ingest job: read, decode, embed, and commit to the store and the vector indexes.

Decoding and inference alternate in one thread. A worker runs several chunks at once: one chunk
decodes while another is in the network.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import BinaryIO

from core.batching import batched
from core.errors import CoreError, NotFound, Unavailable
from core.jobs import Failure, Job, Outcome
from core.observability.metrics import STAGES
from core.pipelines.ingest.chunk import Chunk, load_chunk
from core.pipelines.ingest.commit import EmbeddedImage, IndexAdded, commit_chunk
from core.pipelines.services import Heartbeat, Services
from core.pipelines.vector_targets import (
    PixelsBySide,
    Targets,
    decode_for_targets,
    encode_for_targets,
    open_targets,
)
from core.settings import MEBIBYTE
from core.storage import Collection, Item, ItemImage, PlannedImage, image_file, read_planned_image

MAX_ROUNDS = 5
"""A chunk is embedded again if a vector index was added meanwhile, which is rare."""


DecodedImage = tuple[EmbeddedImage, PixelsBySide]
"""An image without vectors, and its pixels at the sizes of the encoders."""


def embed(job: Job, number: int, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Ingest a chunk of the plan; an unusable image fails alone."""
    return ingest_images(job, load_chunk(job, number, services), services, heartbeat)


def ingest_images(job: Job, chunk: Chunk, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Ingest images of a chunk."""
    for _ in range(MAX_ROUNDS):
        try:
            return _embed_and_commit(services.collection(job), chunk, services, heartbeat)
        except IndexAdded:  # the images need vectors for the new index too
            continue
    raise Unavailable(f"the encoder of collection {job.collection!r} keeps changing; retry later")


def _embed_and_commit(
    collection: Collection, chunk: Chunk, services: Services, heartbeat: Heartbeat
) -> Outcome:
    targets = open_targets(collection, services)
    existing = services.items(collection).find({image.sku for image in chunk.images.values()})
    reader = _Reader(services, targets, existing)
    with ExitStack() as stack:
        blobs = {
            blob: stack.enter_context(services.uploads.open(chunk.upload, blob))
            for blob in {image.blob for image in chunk.images.values() if image.blob}
        }
        embedded = _embed(targets, reader.read(chunk, blobs), services, heartbeat)
    with _stage("commit"):
        updated = commit_chunk(collection, embedded, reader.unchanged, services, heartbeat)
    return Outcome(
        done=len(embedded),
        skipped=len(reader.unchanged),
        updated=updated,
        failures=tuple(reader.failures),
    )


def _embed(
    targets: Targets, images: Iterator[DecodedImage], services: Services, heartbeat: Heartbeat
) -> list[EmbeddedImage]:
    embedded: list[EmbeddedImage] = []
    for batch in batched(images, services.batch_size):
        with _stage("encode"):
            vectors = encode_for_targets(targets, [pixels for _, pixels in batch])
        embedded += [
            replace(image, vectors=vectors_by_index)
            for (image, _), vectors_by_index in zip(batch, vectors, strict=True)
        ]
        heartbeat()
    return embedded


def _stage(name: str) -> AbstractContextManager[object]:
    return STAGES.labels("ingest", name).time()


class _Reader:
    """Decodes images; sets aside broken images and images that the item already has."""

    def __init__(self, services: Services, targets: Targets, existing: dict[str, Item]) -> None:
        self._limits, self._targets, self._existing = services.limits, targets, existing
        self.failures: list[Failure] = []
        self.unchanged: list[PlannedImage] = []

    def read(self, chunk: Chunk, blobs: dict[str, BinaryIO]) -> Iterator[DecodedImage]:
        for position, planned in chunk.images.items():
            try:
                decoded = self._read(planned, blobs)
            except Unavailable:
                raise
            except CoreError as exc:
                self.failures.append(chunk.failure(position, exc))
                continue
            if decoded:
                yield decoded
            else:
                self.unchanged.append(planned)

    def _read(self, planned: PlannedImage, blobs: dict[str, BinaryIO]) -> DecodedImage | None:
        """Return the decoded image; None if only attributes can change."""
        if not planned.blob:
            if planned.sku not in self._existing:
                raise NotFound(
                    f"item {planned.sku!r} does not exist in this collection; upload an image of it"
                )
            return None
        max_bytes = self._limits.max_image_mb * MEBIBYTE
        with _stage("read"):
            data = read_planned_image(blobs[planned.blob], planned, max_bytes=max_bytes)
        sha256 = hashlib.sha256(data).hexdigest()
        if self._has_image(planned, sha256):
            return None
        with _stage("decode"):
            decoded, pixels = decode_for_targets(
                self._targets, data, max_megapixels=self._limits.max_megapixels
            )
        image = ItemImage(
            view=planned.view,
            file=image_file(planned.sku, sha256),
            sha256=sha256,
            format=decoded.format,
            width=decoded.width,
            height=decoded.height,
            bytes=len(data),
        )
        return EmbeddedImage(planned, data, image), pixels

    def _has_image(self, planned: PlannedImage, sha256: str) -> bool:
        item = self._existing.get(planned.sku)
        return item is not None and any(
            image.view == planned.view and image.sha256 == sha256 for image in item.images
        )
