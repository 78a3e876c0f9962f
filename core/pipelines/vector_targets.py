"""The target indexes of an image's vectors: the serving index and any shadow index."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import Encoder
from core.encoders.images.preprocessing import EncoderInput, decode_image
from core.pipelines.services import Services
from core.storage import Collection
from core.vectors import Vector

Targets = Mapping[str, Encoder]
"""The encoder of each vector index, the serving index first."""
PixelsBySide = Mapping[int, NDArray[np.uint8]]
"""The pixels of an image by the input size of an encoder."""
VectorsByIndex = Mapping[str, Vector]
"""The vectors of an image by vector index."""


def open_targets(collection: Collection, services: Services) -> Targets:
    """Return the vector indexes that new images go into, with their encoders."""
    return {index.name: services.get_encoder(index.encoder) for index in collection.indexes}


def decode_for_targets(
    targets: Targets, data: bytes, *, max_megapixels: int
) -> tuple[EncoderInput, PixelsBySide]:
    """Return the image as decoded for the first target, and the pixels for all targets.

    Raises the errors of `decode_image`.
    """
    sides = dict.fromkeys(encoder.side for encoder in targets.values())
    decoded = {side: decode_image(data, side=side, max_megapixels=max_megapixels) for side in sides}
    pixels = {side: image.pixels for side, image in decoded.items()}
    return next(iter(decoded.values())), pixels


def encode_for_targets(targets: Targets, images: list[PixelsBySide]) -> list[VectorsByIndex]:
    """Return the vectors of each image for all targets."""
    vectors = [
        encoder.encode(np.stack([pixels[encoder.side] for pixels in images]))
        for encoder in targets.values()
    ]
    return [dict(zip(targets, row, strict=True)) for row in zip(*vectors, strict=True)]
