"""The networks of keras.applications, from images to average-pooled features.

Keras builds the networks and reads their published weights, but leaves two things to the caller:
scaling pixel values, and correcting the normalisation of the first EfficientNets.
"""

from pathlib import Path

import keras

from core.encoders.description import EncoderDescription, Scale
from core.errors import NotInstalled

_BGR_MEAN = (103.939, 116.779, 123.68)  # of ImageNet
_RGB_STD = (0.229, 0.224, 0.225)  # of ImageNet, for values between 0 and 1


def load(description: EncoderDescription, weights: Path) -> keras.Model:
    """Build the network; see `core.encoders.networks.load` for the result and the errors."""
    shape = (description.side, description.side, 3)
    build = getattr(keras.applications, description.model)
    network = build(weights=None, include_top=False, pooling="avg", input_shape=shape)
    _load_weights(network, weights)
    if description.scale == "efficientnet-1":
        _correct_normalisation(network)
    images = keras.Input(shape, dtype="uint8")
    return keras.Model(images, network(_rescale(images, description.scale)))


def _load_weights(network: keras.Model, weights: Path) -> None:
    try:
        network.load_weights(weights)
    except Exception as exc:  # Keras and h5py raise errors of many types on other files
        raise NotInstalled(f"{weights} does not hold the weights of {network.name}: {exc}") from exc


def _correct_normalisation(network: keras.Model) -> None:
    """Divide by the square root of the standard deviation, as in the training of these weights.

    Keras adds a layer for this only if Keras downloads the weights itself. Here, the variance in
    the existing layer is multiplied by the standard deviation, which has the same effect.
    """
    layer = next(x for x in network.layers if isinstance(x, keras.layers.Normalization))
    layer.adapt_variance.assign(layer.adapt_variance * keras.ops.array(_RGB_STD))
    layer.finalize_state()


def _rescale(images: keras.KerasTensor, scale: Scale | None) -> keras.KerasTensor:
    values = keras.ops.cast(images, "float32")
    match scale:
        case "caffe-1":
            return keras.ops.flip(values, axis=-1) - keras.ops.array(_BGR_MEAN)
        case "tf-1":
            return values / 127.5 - 1.0
        case _:  # the network scales by itself
            return values
