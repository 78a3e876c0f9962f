"""Networks as Keras models that take pictures as they are, one module for each kind."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core.encoders.description import EncoderDescription

if TYPE_CHECKING:
    import keras


def load(description: EncoderDescription, weights: Path) -> "keras.Model":
    """The network: uint8 RGB (n, side, side, 3) -> float32 (n, dim), not yet of unit length.

    The file has been checked before. Imports TensorFlow.

    Raises:
        NotInstalled: the file is not one of this network's.
    """
    module = import_module(f"core.encoders.networks.{description.kind}")
    return cast("keras.Model", module.load(description, weights))
