"""One chunk of an ingest job: read, decode, embed, and commit to the store and the vector indexes.

A worker runs several chunks at once: while the images of one go through the neural network, another
is read or committed.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

from core.batching import batched
from core.encoders.images.preprocessing import EncoderInput
from core.errors import CoreError, NotFound, Unavailable
from core.jobs import Failure, Job, Outcome
from core.observability.metrics import STAGES
from core.pipelines.image_assessment import assess
from core.pipelines.ingest.chunk import Chunk, load_chunk
from core.pipelines.ingest.commit import (
    ChunkOutdated,
    EmbeddedImage,
    UnchangedImage,
    commit_chunk,
)
from core.pipelines.ingest.image_source import ImageSource
from core.pipelines.services import Heartbeat, Services, StepPostponed
from core.pipelines.vector_targets import (
    PixelsByInput,
    Targets,
    decode_for_targets,
    encode_for_targets,
    open_targets,
)
from core.storage import DamagedItem, ImageOrigin, Item, ItemImage, PlannedImage, image_file
from core.storage.item import item_key

MAX_ROUNDS = 5
"""A chunk is embedded again if the collection has changed meanwhile, which is rare."""


_Decoded = tuple[EncoderInput, PixelsByInput]


@dataclass(frozen=True)
class _SentImage:
    """An image that its item does not have yet; it is decoded if it has spares."""

    position: int
    planned: PlannedImage
    data: bytes
    sha256: str
    origin: ImageOrigin | None
    decoded: _Decoded | None = None


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
    reader = _Reader(services, targets, existing, chunk)
    with ImageSource(chunk, existing, services, heartbeat) as source:
        embedded = _embed(reader, source, services, heartbeat)
    with _stage("commit"):
        outcome = commit_chunk(job, collection, embedded, reader.unchanged, services, heartbeat)
    return outcome.model_copy(update={"failures": tuple(reader.failures)})


def _wait_for_missing_items(
    job: Job, chunk: Chunk, existing: Mapping[str, Item | DamagedItem], services: Services
) -> None:
    """Wait for earlier uploads that may add items for which the chunk has only attributes.

    Raises:
        StepPostponed: an earlier upload has not ended.
    """
    if all(image.has_image or item_key(image.sku) in existing for image in chunk.images.values()):
        return
    for other in services.ledger.open_jobs_of(job.collection, job.kind):
        if other.sequence < job.sequence:
            raise StepPostponed(f"job {other.id} has not ended and may still add the items")


def _embed(
    reader: "_Reader", source: ImageSource, services: Services, heartbeat: Heartbeat
) -> list[EmbeddedImage]:
    embedded: list[EmbeddedImage] = []
    for batch in batched(reader.read(source), services.batch_size):
        with services.cores:
            embedded += reader.embed(batch)
        heartbeat()
    return embedded


def _stage(name: str) -> AbstractContextManager[object]:
    return STAGES.labels("ingest", name).time()


class _Reader:
    """Reads and embeds images; sets aside broken images and images that the item already has."""

    def __init__(
        self,
        services: Services,
        targets: Targets,
        existing: Mapping[str, Item | DamagedItem],
        chunk: Chunk,
    ) -> None:
        self._limits, self._cores, self._targets = services.limits, services.cores, targets
        self._existing, self._chunk = existing, chunk
        self.failures: list[Failure] = []
        self.unchanged: list[UnchangedImage] = []

    def read(self, source: ImageSource) -> Iterator[_SentImage]:
        """Yield the images to embed; the caller must not hold a core."""
        for position, planned in self._chunk.images.items():
            sent = self._read_first_usable(position, planned, source)
            if isinstance(sent, UnchangedImage):
                self.unchanged.append(sent)
            elif sent:
                yield sent

    def embed(self, images: Sequence[_SentImage]) -> list[EmbeddedImage]:
        """Return those images that can be decoded, with their vectors."""
        decoded: list[tuple[_SentImage, EncoderInput, PixelsByInput]] = []
        for sent in images:
            with self._failures_of(sent.position, sent.planned), _stage("decode"):
                decoded.append((sent, *(sent.decoded or self._decode(sent.data))))
        if not decoded:
            return []
        with _stage("encode"):
            vectors = encode_for_targets(self._targets, [pixels for *_, pixels in decoded])
        with _stage("assess"):
            assessed = [_item_image(sent, first) for sent, first, _ in decoded]
        return [
            EmbeddedImage(sent.planned, sent.data, image, vectors_by_index)
            for (sent, *_), image, vectors_by_index in zip(decoded, assessed, vectors, strict=True)
        ]

    @contextmanager
    def _failures_of(self, position: int, image: PlannedImage) -> Iterator[None]:
        """Set aside the image if it is unusable."""
        try:
            yield
        except Unavailable:
            raise
        except CoreError as exc:
            self.failures.append(self._chunk.failure(position, image, exc))

    def _decode(self, data: bytes) -> _Decoded:
        max_megapixels = self._limits.max_megapixels
        return decode_for_targets(self._targets, data, max_megapixels=max_megapixels)

    def _read_first_usable(
        self, position: int, planned: PlannedImage, source: ImageSource
    ) -> _SentImage | UnchangedImage | None:
        """Return the image, or the first of its spares that can be decoded if it cannot."""
        usable: _SentImage | UnchangedImage | None = None
        for image in planned.candidates if planned.spares else (planned,):
            with self._failures_of(position, image):
                if usable:
                    raise image.taken_by(usable.planned)
                sent = self._read(position, image, source)
                if planned.spares and isinstance(sent, _SentImage):
                    with self._cores, _stage("decode"):
                        decoded = self._decode(sent.data)  # shows whether a spare is needed
                    sent = replace(sent, decoded=decoded)
                usable = sent
        return usable

    def _read(
        self, position: int, planned: PlannedImage, source: ImageSource
    ) -> _SentImage | UnchangedImage:
        """Return the bytes of an image, or UnchangedImage if only attributes can change."""
        item = self._find(planned)
        if not planned.has_image:
            if item is None:
                raise NotFound(
                    f"item {planned.sku!r} does not exist in this collection; upload an image of it"
                )
            return UnchangedImage(planned, None)
        with _stage("read"):
            sent = source.read(planned)
        if (data := sent.data) is None:
            return UnchangedImage(planned, sent.known)
        sha256 = hashlib.sha256(data).hexdigest()
        for image in item.images if item else ():
            if (image.view, image.sha256) == (planned.view, sha256):
                origin = sent.origin or image.origin
                return UnchangedImage(planned, image.model_copy(update={"origin": origin}))
        return _SentImage(position, planned, data, sha256, sent.origin)

    def _find(self, planned: PlannedImage) -> Item | None:
        """Return the item of an image, if it exists.

        Raises:
            Conflict: the item's document is damaged, and the image does not replace the item.
        """
        item = self._existing.get(item_key(planned.sku))
        if isinstance(item, DamagedItem):
            if not (planned.replace and planned.has_image):
                raise item.error(planned.sku)
            return None
        return item


def _item_image(sent: _SentImage, decoded: EncoderInput) -> ItemImage:
    image = ItemImage(
        view=sent.planned.view,
        file=image_file(sent.planned.sku, sent.sha256),
        sha256=sent.sha256,
        format=decoded.format,
        width=decoded.width,
        height=decoded.height,
        bytes=len(sent.data),
        origin=sent.origin,
    )
    return assess(image, decoded)
