"""Networks as Keras models that take raw uint8 images, one module for each kind."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core.encoders.description import EncoderDescription

if TYPE_CHECKING:
    import keras


def load(description: EncoderDescription, weights: Path) -> "keras.Model":
    """Build the network: uint8 RGB (n, side, side, 3) -> float32 (n, length), not normalised.

    The length is the sum of the lengths of `description.outputs`, which follow one another.

    Callers must have checked the digest of the file. This imports TensorFlow.

    Raises:
        NotInstalled: the file is broken or belongs to another network.
    """
    module = import_module(f"core.encoders.networks.{description.kind}")
    return cast("keras.Model", module.load(description, weights))
