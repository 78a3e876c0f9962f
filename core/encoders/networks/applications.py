"""The networks of keras.applications without their classifiers: pictures in, average-pooled out.

Keras builds them and reads their published files. What it leaves to its callers is done here: the
numbers of a picture are scaled, and the normalisation of the first EfficientNets is mended.
"""

from pathlib import Path

import keras

from core.encoders.description import EncoderDescription, Scale
from core.errors import NotInstalled

_BLUE_GREEN_RED = (103.939, 116.779, 123.68)  # ImageNet's mean
_DEVIATION = (0.229, 0.224, 0.225)  # ImageNet's, of red, green and blue between 0 and 1


def load(description: EncoderDescription, weights: Path) -> keras.Model:
    """uint8 RGB (n, side, side, 3) -> float32 (n, dim), not yet of unit length.

    Raises:
        NotInstalled: the file is broken, or that of another network.
    """
    shape = (description.side, description.side, 3)
    build = getattr(keras.applications, description.model)
    network = build(weights=None, include_top=False, pooling="avg", input_shape=shape)
    _read(network, weights)
    if description.scale == "efficientnet-1":
        _mend_normalisation(network)
    pictures = keras.Input(shape, dtype="uint8")
    return keras.Model(pictures, network(_scaled(pictures, description.scale)))


def _read(network: keras.Model, weights: Path) -> None:
    try:
        network.load_weights(weights)
    except Exception as exc:  # whatever Keras and h5py stumble over in a foreign file
        raise NotInstalled(f"{weights} does not hold the weights of {network.name}: {exc}") from exc


def _mend_normalisation(network: keras.Model) -> None:
    """Divides by the square root of the deviation once more, as in the training of these weights.

    Keras has a layer for it, but adds it only where it may fetch the file by itself. To multiply
    the variance by the deviation is the same.
    """
    layer = next(x for x in network.layers if isinstance(x, keras.layers.Normalization))
    layer.adapt_variance.assign(layer.adapt_variance * keras.ops.array(_DEVIATION))
    layer.finalize_state()


def _scaled(pictures: keras.KerasTensor, scale: Scale | None) -> keras.KerasTensor:
    numbers = keras.ops.cast(pictures, "float32")
    match scale:
        case "caffe-1":
            return keras.ops.flip(numbers, axis=-1) - keras.ops.array(_BLUE_GREEN_RED)
        case "tf-1":
            return numbers / 127.5 - 1.0
        case _:  # the network scales by itself
            return numbers
