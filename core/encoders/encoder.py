"""What every network looks like to the rest of the shop, whatever runs it."""

from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.domain import EncoderIdentity

Pictures = NDArray[np.uint8]
"""RGB, (n, side, side, 3)."""
Vectors = NDArray[np.float32]
"""(n, dim), each of length one."""

Runtime = Literal["auto", "openvino", "tensorflow"]
Precision = Literal["auto", "f32", "bf16"]


_TINY = float(np.finfo(np.float32).tiny)


class Encoder(Protocol):
    """A network with its weights loaded; several threads may call it at once."""

    @property
    def identity(self) -> EncoderIdentity:
        """What its vectors are marked with."""

    @property
    def side(self) -> int:
        """Width and height of its pictures, in pixels."""

    @property
    def dim(self) -> int:
        """Length of its vectors."""

    def encode(self, pictures: Pictures) -> Vectors:
        """uint8 RGB (n, side, side, 3), n >= 1 -> float32 (n, dim), rows of length one."""


def unit_rows(features: NDArray[np.float32]) -> Vectors:
    """The rows, each divided by its length."""
    lengths = np.linalg.norm(features.astype(np.float64), axis=1, keepdims=True)
    rows: Vectors = (features / np.maximum(lengths, _TINY)).astype(np.float32)
    return rows
