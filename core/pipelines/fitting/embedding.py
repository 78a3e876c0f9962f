"""Embeds images of a collection for an attempt: vectors as they are now, and features to fit to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.batching import batched
from core.encoders.encoder import Encoder, Features, Images, Vectors
from core.encoders.images.preprocessing import decode_for
from core.encoders.images.thumbnails import thumbnail
from core.encoders.recipes.layout import layout_of
from core.encoders.recipes.recipe_encoder import join_parts
from core.errors import CoreError, Unavailable
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection, ItemImage

_KEPT_SIDE = 640
"""Longest side in pixels of the images that are kept to be distorted."""


@dataclass(frozen=True)
class Embedded:
    """Images as vectors of the present recipe (n, dim), and as unit parts by name (n, length)."""

    vectors: Vectors
    features: Features


class Embedding:
    """Embeds images with two encoders of one network."""

    def __init__(
        self,
        collection: Collection,
        network: Encoder,
        present: Encoder,
        services: Services,
        heartbeat: Heartbeat,
    ) -> None:
        self._items, self._services = services.items(collection), services
        self._network, self._present, self._heartbeat = network, present, heartbeat
        self.copies: list[bytes] = []
        """Small copies of the first images."""

    def embed_images(self, images: Iterable[ItemImage], *, keep: int) -> Embedded:
        """Embed images of the store; images that cannot be read are left out."""
        return self.embed_files(self._read(images), keep=keep)

    def embed_files(self, files: Iterable[bytes], *, keep: int = 0) -> Embedded:
        """Embed image files; files that cannot be decoded are left out."""
        vectors, features = [], []
        for batch in batched(self._decode(files, keep), self._services.batch_size):
            pixels = np.stack(batch)
            with self._services.cores:
                features.append(self._network.features(pixels))
                vectors.append(self._encode(pixels, features[-1]))
            self._heartbeat()
        return _join(vectors, features)

    def _encode(self, pixels: Images, features: Features) -> Vectors:
        """Return the vectors of the present recipe; only the oldest recipe has other features."""
        encoder = self._present
        if encoder.identity.recipe == "network-1":
            return encoder.encode(pixels)
        parts = encoder.statistics.apply(features) if encoder.statistics else features
        return join_parts(parts, layout_of(encoder.identity))

    def _read(self, images: Iterable[ItemImage]) -> Iterator[bytes]:
        for image in images:
            try:
                yield self._items.read_image(image)
            except Unavailable:
                raise
            except CoreError:
                continue

    def _decode(self, files: Iterable[bytes], keep: int) -> Iterator[NDArray[np.uint8]]:
        max_megapixels = self._services.limits.max_megapixels
        for data in files:
            try:
                pixels = decode_for(self._network, data, max_megapixels).pixels
                if len(self.copies) < keep:
                    self.copies.append(thumbnail(data, _KEPT_SIDE, max_megapixels))
            except CoreError:
                continue
            yield pixels


def _join(vectors: list[Vectors], features: list[Features]) -> Embedded:
    if not vectors:
        return Embedded(np.empty((0, 0), np.float32), {})
    parts = {name: np.concatenate([batch[name] for batch in features]) for name in features[0]}
    return Embedded(np.concatenate(vectors), parts)
