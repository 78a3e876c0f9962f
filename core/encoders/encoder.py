"""The interfaces of a network, whatever library runs it, and of an encoder."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.domain import EncoderIdentity
from core.encoders.description import EncoderDescription, PartName

if TYPE_CHECKING:
    from core.encoders.recipes.fitting import Statistics

Images = NDArray[np.uint8]
"""RGB images, (n, side, side, 3)."""
Vectors = NDArray[np.float32]
"""Vectors of length one, (n, dim)."""

Runtime = Literal["auto", "openvino", "tensorflow"]
Precision = Literal["auto", "f32", "bf16"]
_TINY = float(np.finfo(np.float32).tiny)


Features = Mapping[PartName, Vectors]
"""The unit parts of n images, by name, before a recipe weighs them: each is (n, length)."""


class Network(Protocol):
    """A network with its weights loaded; safe to call from several threads."""

    @property
    def description(self) -> EncoderDescription:
        """The row of the catalogue."""

    def run(self, images: Images) -> NDArray[np.float32]:
        """Return all outputs for n >= 1 images: (n, side, side, 3) -> (n, length)."""


class Encoder(Protocol):
    """A network and a recipe for vectors; safe to call from several threads."""

    @property
    def statistics(self) -> "Statistics | None":
        """What the recipe learned from the images of a collection; None if it learns nothing."""

    @property
    def identity(self) -> EncoderIdentity:
        """The identity to store with vectors: vectors of different encoders are not comparable."""

    @property
    def side(self) -> int:
        """The width and height of the input images, in pixels."""

    @property
    def squash(self) -> bool:
        """Whether images are squashed to this size, or else cropped to a square."""

    def features(self, images: Images) -> Features:
        """Return the unit parts of n >= 1 images (n, side, side, 3), from which vectors are made.

        A fitted recipe learns from these, before its statistics.
        """

    def encode(self, images: Images) -> Vectors:
        """Return the vectors of n >= 1 images: (n, side, side, 3) -> (n, dim)."""


def unit_rows(features: NDArray[np.float32]) -> Vectors:
    """Return the rows, scaled to unit L2 norm."""
    lengths = np.linalg.norm(features.astype(np.float64), axis=1, keepdims=True)
    rows: Vectors = (features / np.maximum(lengths, _TINY)).astype(np.float32)
    return rows
