"""Where the vectors of an image go: the serving index and, if there is one, the shadow index."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import Encoder
from core.encoders.images.preprocessing import EncoderInput, decode_image
from core.pipelines.services import Services
from core.storage import Collection
from core.vectors import Vector

PixelsBySide = Mapping[int, NDArray[np.uint8]]
"""An image at each input size of the targets' encoders."""
VectorsByIndex = Mapping[str, Vector]
"""The vector of an image for each vector index."""


@dataclass(frozen=True)
class Target:
    """A vector index and the encoder of its vectors."""

    index: str
    encoder: Encoder


def open_targets(collection: Collection, services: Services) -> list[Target]:
    """Return the indexes that images of the collection have to be written to now."""
    return [Target(index.name, services.get_encoder(index.encoder)) for index in collection.indexes]


def decode_for_targets(
    targets: list[Target], data: bytes, *, max_megapixels: int
) -> tuple[EncoderInput, PixelsBySide]:
    """Return the decoded image for the first target, and the pixels for all of them.

    Raises: as `core.encoders.images.preprocessing.decode_image`.
    """
    sides = dict.fromkeys(target.encoder.side for target in targets)
    decoded = {side: decode_image(data, side=side, max_megapixels=max_megapixels) for side in sides}
    pixels = {side: image.pixels for side, image in decoded.items()}
    return next(iter(decoded.values())), pixels


def encode_for_targets(targets: list[Target], images: list[PixelsBySide]) -> list[VectorsByIndex]:
    """Return the vectors of each image, one for each target's index."""
    vectors_by_target = [
        target.encoder.encode(np.stack([pixels[target.encoder.side] for pixels in images]))
        for target in targets
    ]
    names = [target.index for target in targets]
    return [
        dict(zip(names, vectors, strict=True)) for vectors in zip(*vectors_by_target, strict=True)
    ]
