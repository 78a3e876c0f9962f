"""The interface of an encoder, whatever library runs its network."""

from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.domain import EncoderIdentity

Images = NDArray[np.uint8]
"""RGB images, (n, side, side, 3)."""
Vectors = NDArray[np.float32]
"""Vectors of length one, (n, dim)."""

Runtime = Literal["auto", "openvino", "tensorflow"]
Precision = Literal["auto", "f32", "bf16"]
_TINY = float(np.finfo(np.float32).tiny)


class Encoder(Protocol):
    """A network with its weights loaded; safe to call from several threads."""

    @property
    def identity(self) -> EncoderIdentity:
        """The identity to store with vectors: vectors of different encoders are not comparable."""

    @property
    def side(self) -> int:
        """The width and height of the input images, in pixels."""

    def encode(self, images: Images) -> Vectors:
        """Return the vectors of n >= 1 images: (n, side, side, 3) -> (n, dim)."""


def unit_rows(features: NDArray[np.float32]) -> Vectors:
    """Return the rows, scaled to unit L2 norm."""
    lengths = np.linalg.norm(features.astype(np.float64), axis=1, keepdims=True)
    rows: Vectors = (features / np.maximum(lengths, _TINY)).astype(np.float32)
    return rows
