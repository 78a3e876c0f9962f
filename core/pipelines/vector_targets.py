"""Where the vectors of a picture belong: the space in use and, if there is one, that beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import Encoder
from core.encoders.images.preprocessing import Decoded, read
from core.pipelines.services import Services
from core.storage import Collection
from core.vectors import Vector

Pixels = Mapping[int, NDArray[np.uint8]]
"""A picture at each side that a target's encoder takes."""
Vectors = Mapping[str, Vector]
"""A picture's vector in each space."""


@dataclass(frozen=True)
class Target:
    """A space, and the encoder whose vectors it holds."""

    space: str
    encoder: Encoder


def targets_of(collection: Collection, services: Services) -> list[Target]:
    """Where pictures of a collection have to go now."""
    return [Target(one.name, services.encoder_of(one.encoder)) for one in collection.spaces]


def decode_for(
    targets: list[Target], data: bytes, *, max_megapixels: int
) -> tuple[Decoded, Pixels]:
    """What the file says of the picture, and its pixels as the targets take them.

    Raises: as `core.encoders.images.preprocessing.read`.
    """
    sides = dict.fromkeys(target.encoder.side for target in targets)
    found = {side: read(data, side=side, max_megapixels=max_megapixels) for side in sides}
    pixels = {side: one.pixels for side, one in found.items()}
    return next(iter(found.values())), pixels


def encode_for(targets: list[Target], pictures: list[Pixels]) -> list[Vectors]:
    """Each picture's vector in every target's space."""
    made = [
        target.encoder.encode(np.stack([one[target.encoder.side] for one in pictures]))
        for target in targets
    ]
    spaces = [target.space for target in targets]
    return [dict(zip(spaces, vectors, strict=True)) for vectors in zip(*made, strict=True)]
