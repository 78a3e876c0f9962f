"""The interface of an encoder, whatever library runs its network."""

from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.domain import EncoderIdentity

Images = NDArray[np.uint8]
"""RGB, (n, side, side, 3)."""
Vectors = NDArray[np.float32]
"""(n, dim), each of length one."""

Runtime = Literal["auto", "openvino", "tensorflow"]
Precision = Literal["auto", "f32", "bf16"]
_TINY = float(np.finfo(np.float32).tiny)


class Encoder(Protocol):
    """A network with its weights loaded; safe to call from several threads."""

    @property
    def identity(self) -> EncoderIdentity:
        """What is stored with its vectors, so that vectors of two encoders are never mixed."""

    @property
    def side(self) -> int:
        """Width and height of its input images, in pixels."""

    def encode(self, images: Images) -> Vectors:
        """uint8 RGB (n, side, side, 3), n >= 1 -> float32 (n, dim), rows of length one."""


def unit_rows(features: NDArray[np.float32]) -> Vectors:
    """Return the rows, each scaled to unit L2 norm."""
    lengths = np.linalg.norm(features.astype(np.float64), axis=1, keepdims=True)
    rows: Vectors = (features / np.maximum(lengths, _TINY)).astype(np.float32)
    return rows
