"""One chunk of an ingest job: read, decode, embed, and commit to the store and the vector indexes.

Decoding and inference alternate in one thread. A worker runs several chunks at once: one chunk
decodes while another goes through the neural network.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import BinaryIO

from core.batching import batched
from core.errors import CoreError, NotFound, Unavailable
from core.jobs import Failure, Job, Outcome
from core.observability.metrics import STAGES
from core.pipelines.ingest.chunk import Chunk, load_chunk
from core.pipelines.ingest.commit import (
    ChunkOutdated,
    EmbeddedImage,
    UnchangedImage,
    commit_chunk,
)
from core.pipelines.services import Heartbeat, Services
from core.pipelines.vector_targets import (
    PixelsBySide,
    Targets,
    decode_for_targets,
    encode_for_targets,
    open_targets,
)
from core.settings import MEBIBYTE
from core.storage import (
    DamagedItem,
    Item,
    ItemImage,
    PlannedImage,
    image_file,
    read_planned_image,
)
from core.storage.item import item_key

MAX_ROUNDS = 5
"""A chunk is embedded again if the collection has changed meanwhile, which is rare."""


DecodedImage = tuple[EmbeddedImage, PixelsBySide]
"""An image without vectors, and its pixels at the sizes of the encoders."""


def embed(job: Job, number: int, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Ingest a chunk of the plan; an unusable image does not make the others fail."""
    return ingest_images(job, load_chunk(job, number, services), services, heartbeat)


def ingest_images(job: Job, chunk: Chunk, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Ingest the images of a chunk."""
    for _ in range(MAX_ROUNDS):
        try:
            return _embed_and_commit(job, chunk, services, heartbeat)
        except ChunkOutdated:
            continue
    raise Unavailable(f"collection {job.collection!r} keeps changing; retry later")


def _embed_and_commit(job: Job, chunk: Chunk, services: Services, heartbeat: Heartbeat) -> Outcome:
    collection = services.collection(job)
    targets = open_targets(collection, services)
    keys = {item_key(image.sku) for image in chunk.images.values()}
    existing = {item.key: item for item in services.items(collection).read(keys)}
    _wait_for_missing_items(job, chunk, existing, services)
    reader = _Reader(services, targets, existing)
    with ExitStack() as stack:
        blobs = {
            blob: stack.enter_context(services.uploads.open(chunk.upload, blob))
            for blob in {image.blob for image in chunk.images.values() if image.blob}
        }
        embedded = _embed(targets, reader.read(chunk, blobs), services, heartbeat)
    with _stage("commit"):
        outcome = commit_chunk(job, collection, embedded, reader.unchanged, services, heartbeat)
    return outcome.model_copy(update={"failures": tuple(reader.failures)})


def _wait_for_missing_items(
    job: Job, chunk: Chunk, existing: Mapping[str, Item | DamagedItem], services: Services
) -> None:
    """Wait for earlier uploads that may add items for which the chunk has only attributes.

    Raises:
        Unavailable: an earlier upload has not ended.
    """
    if all(image.blob or item_key(image.sku) in existing for image in chunk.images.values()):
        return
    for other in services.ledger.open_jobs_of(job.collection, job.kind):
        if other.sequence < job.sequence:
            raise Unavailable(f"job {other.id} has not ended and may still add the items")


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

    def __init__(
        self, services: Services, targets: Targets, existing: Mapping[str, Item | DamagedItem]
    ) -> None:
        self._limits, self._targets, self._existing = services.limits, targets, existing
        self.failures: list[Failure] = []
        self.unchanged: list[UnchangedImage] = []

    def read(self, chunk: Chunk, blobs: dict[str, BinaryIO]) -> Iterator[DecodedImage]:
        for position, planned in chunk.images.items():
            try:
                decoded = self._read(planned, blobs)
            except Unavailable:
                raise
            except CoreError as exc:
                self.failures.append(chunk.failure(position, exc))
                continue
            if isinstance(decoded, UnchangedImage):
                self.unchanged.append(decoded)
            else:
                yield decoded

    def _read(
        self, planned: PlannedImage, blobs: dict[str, BinaryIO]
    ) -> DecodedImage | UnchangedImage:
        """Return the decoded image, or UnchangedImage if only attributes can change."""
        item = self._find(planned)
        if not planned.blob:
            if item is None:
                raise NotFound(
                    f"item {planned.sku!r} does not exist in this collection; upload an image of it"
                )
            return UnchangedImage(planned, None)
        max_bytes = self._limits.max_image_mb * MEBIBYTE
        with _stage("read"):
            data = read_planned_image(blobs[planned.blob], planned, max_bytes=max_bytes)
        sha256 = hashlib.sha256(data).hexdigest()
        for image in item.images if item else ():
            if (image.view, image.sha256) == (planned.view, sha256):
                return UnchangedImage(planned, image)
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

    def _find(self, planned: PlannedImage) -> Item | None:
        """Return the item of an image, if it exists.

        Raises:
            Conflict: the item's document is damaged, and the image does not replace the item.
        """
        item = self._existing.get(item_key(planned.sku))
        if isinstance(item, DamagedItem):
            if not (planned.replace and planned.blob):
                raise item.error(planned.sku)
            return None
        return item
