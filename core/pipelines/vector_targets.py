"""The target indexes of an image's vectors: the serving index and any shadow index."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import Encoder
from core.encoders.images.preprocessing import EncoderInput, decode_for
from core.pipelines.services import Services
from core.storage import Collection
from core.vectors import Vector

Targets = Mapping[str, Encoder]
"""The encoder of each vector index, the serving index first."""
_Input = tuple[int, bool]
"""The input size of an encoder, and whether it takes squashed images."""
PixelsByInput = Mapping[_Input, NDArray[np.uint8]]
"""The pixels of an image, for each kind of input."""
VectorsByIndex = Mapping[str, Vector]
"""The vectors of an image by vector index."""


def open_targets(collection: Collection, services: Services) -> Targets:
    """Return the vector indexes that new images go into, with their encoders."""
    return {index.name: services.get_encoder(index.encoder) for index in collection.indexes}


def decode_for_targets(
    targets: Targets, data: bytes, *, max_megapixels: int
) -> tuple[EncoderInput, PixelsByInput]:
    """Return the image as decoded for the first target, and the pixels for all targets.

    Raises the errors of `decode_image`.
    """
    encoders = {_input_of(encoder): encoder for encoder in targets.values()}
    decoded = {key: decode_for(encoder, data, max_megapixels) for key, encoder in encoders.items()}
    pixels = {key: image.pixels for key, image in decoded.items()}
    return next(iter(decoded.values())), pixels


def encode_for_targets(targets: Targets, images: list[PixelsByInput]) -> list[VectorsByIndex]:
    """Return the vectors of each image for all targets."""
    vectors = [
        encoder.encode(np.stack([pixels[_input_of(encoder)] for pixels in images]))
        for encoder in targets.values()
    ]
    return [dict(zip(targets, row, strict=True)) for row in zip(*vectors, strict=True)]


def _input_of(encoder: Encoder) -> _Input:
    return encoder.side, encoder.squash
