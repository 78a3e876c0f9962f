"""The bytes of a chunk's images: from the upload, or downloaded while others are embedded."""

from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import BinaryIO, Self

from core.downloads import Download, Validators
from core.pipelines.ingest.chunk import Chunk
from core.pipelines.services import Heartbeat, Services
from core.settings import MEBIBYTE
from core.storage import DamagedItem, ImageOrigin, Item, ItemImage, PlannedImage, read_planned_image
from core.storage.item import item_key

_HEARTBEAT_S = 1.0


@dataclass(frozen=True)
class SourceImage:
    """The bytes of an image; without any, the item already has it, as `known`."""

    data: bytes | None
    origin: ImageOrigin | None = None
    known: ItemImage | None = None


class ImageSource:
    """Reads the images of a chunk in any order; all downloads start at once."""

    def __init__(
        self,
        chunk: Chunk,
        existing: Mapping[str, Item | DamagedItem],
        services: Services,
        heartbeat: Heartbeat,
    ) -> None:
        self._chunk, self._services, self._heartbeat = chunk, services, heartbeat
        self._existing = existing
        self._blobs: dict[str, BinaryIO] = {}
        self._downloads: dict[tuple[str, str], Future[Download]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        images = self._chunk.images.values()
        files = [file for image in images for file in (image, *image.spares)]
        for blob in {file.blob for file in files if file.blob}:
            opened = self._services.uploads.open(self._chunk.upload, blob)
            self._blobs[blob] = self._stack.enter_context(opened)
        for image in images:
            if image.url:
                future = self._services.downloader.start(image.url, self._validators(image))
                self._stack.callback(future.cancel)
                self._downloads[image.sku, image.view] = future
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, planned: PlannedImage) -> SourceImage:
        """Return the bytes of an image.

        Raises:
            CoreError: the image is damaged in its archive, too large, or cannot be downloaded.
        """
        if planned.url:
            return self._wait(planned)
        max_bytes = self._services.limits.max_image_mb * MEBIBYTE
        return SourceImage(
            read_planned_image(self._blobs[planned.blob], planned, max_bytes=max_bytes)
        )

    def _wait(self, planned: PlannedImage) -> SourceImage:
        future = self._downloads[planned.sku, planned.view]
        while True:
            try:
                download = future.result(_HEARTBEAT_S)
                break
            except TimeoutError:
                self._heartbeat()
        origin = ImageOrigin(url=planned.url, **asdict(download.validators))
        return SourceImage(download.data, origin, self._known(planned))

    def _known(self, planned: PlannedImage) -> ItemImage | None:
        """Return the image that the item has from the same URL, if any."""
        item = self._existing.get(item_key(planned.sku))
        for image in item.images if isinstance(item, Item) else ():
            if image.view == planned.view and image.origin and image.origin.url == planned.url:
                return image
        return None

    def _validators(self, planned: PlannedImage) -> Validators:
        known = self._known(planned)
        if not known or not known.origin:
            return Validators()
        return Validators(known.origin.etag, known.origin.last_modified)
