"""BiT (google-research/big_transfer) as a Keras model, from images to pooled features.

BiT is a ResNet v2 with group norm in place of batch norm, and with standardised kernels. Layers
have the names of the published weights, with dots in place of slashes, as Keras requires.
"""

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from core.encoders.description import EncoderDescription
from core.encoders.networks.big_transfer_weights import BitFile, open_bit_file

_GROUPS = 32
_GROUP_NORM_EPSILON = 1e-5  # differs from the default of Keras
_KERNEL_EPSILON = 1e-10
# units per block
_UNITS = {"R50": (3, 4, 6, 3), "R101": (3, 4, 23, 3)}


def load(description: EncoderDescription, weights: Path) -> keras.Model:
    """Build the network; see `core.encoders.networks.load` for the result and the errors."""
    depth, factor = description.model.split("x")
    with open_bit_file(weights) as file:
        return _build(description.side, _UNITS[depth], 64 * int(factor), file)


def _build(side: int, units: tuple[int, ...], width: int, file: BitFile) -> keras.Model:
    images = keras.Input((side, side, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(images)
    x = _convolution(x, file, "resnet/root_block", width, size=7, stride=2)
    x = keras.layers.ZeroPadding2D(1, name="pool_pad")(x)
    x = keras.layers.MaxPooling2D(3, strides=2, name="pool")(x)
    for block, count in enumerate(units):
        for unit in range(count):
            stride = 2 if block > 0 and unit == 0 else 1
            name = f"resnet/block{block + 1}/unit{unit + 1:02d}"
            x = _unit(x, file, name, width << block, stride)
    x = _norm_relu(x, file, "resnet")
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(x))


def _unit(
    x: keras.KerasTensor, file: BitFile, name: str, width: int, stride: int
) -> keras.KerasTensor:
    a = _norm_relu(x, file, f"{name}/a")
    if x.shape[-1] != 4 * width:
        x = _convolution(a, file, f"{name}/a/proj", 4 * width, stride=stride)
    y = _convolution(a, file, f"{name}/a", width)
    y = _norm_relu(y, file, f"{name}/b")
    y = _convolution(y, file, f"{name}/b", width, size=3, stride=stride)
    y = _norm_relu(y, file, f"{name}/c")
    y = _convolution(y, file, f"{name}/c", 4 * width)
    return keras.layers.Add(name=_dotted(name))([y, x])


def _convolution(
    x: keras.KerasTensor, file: BitFile, name: str, filters: int, size: int = 1, stride: int = 1
) -> keras.KerasTensor:
    if size > 1:
        # "same" would pad less above and on the left than below and on the right.
        x = keras.layers.ZeroPadding2D(size // 2, name=_dotted(f"{name}/pad"))(x)
    name = f"{name}/standardized_conv2d"
    kernel = file.take(f"{name}/kernel", (size, size, x.shape[-1], filters))
    layer = keras.layers.Conv2D(
        filters,
        size,
        strides=stride,
        use_bias=False,
        kernel_initializer="zeros",
        name=_dotted(name),
    )
    y = layer(x)
    layer.set_weights([_standardise(kernel)])
    return y


def _standardise(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale a kernel to mean 0 and variance 1 per output channel, once instead of at every call."""
    exact = kernel.astype(np.float64)
    mean, variance = exact.mean(axis=(0, 1, 2)), exact.var(axis=(0, 1, 2))
    standard: NDArray[np.float64] = (exact - mean) / np.sqrt(variance + _KERNEL_EPSILON)
    return standard.astype(np.float32)


def _norm_relu(x: keras.KerasTensor, file: BitFile, name: str) -> keras.KerasTensor:
    name = f"{name}/group_norm"
    layer = _GroupNorm(_GROUPS, epsilon=_GROUP_NORM_EPSILON, name=_dotted(name))
    y = layer(x)
    layer.set_weights([file.take(f"{name}/{part}", (x.shape[-1],)) for part in ("gamma", "beta")])
    return keras.layers.ReLU()(y)


class _GroupNorm(keras.layers.GroupNormalization):  # type: ignore[misc]
    """Group norm that reshapes only means, unlike Keras's layer, which reshapes the feature map.

    OpenVINO thus need not change the layout, which would take a fifth of the network's run time.
    """

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        centred = x - self._group_mean(x)
        variance = self._group_mean(keras.ops.square(centred))
        scale = self.gamma * keras.ops.rsqrt(variance + self.epsilon)
        return centred * scale + self.beta

    def _group_mean(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Return the mean of each channel's group: (n, height, width, c) -> (n, 1, 1, c)."""
        channels = x.shape[-1]
        means = keras.ops.mean(x, axis=(1, 2))
        means = keras.ops.reshape(means, (-1, self.groups, channels // self.groups))
        means = keras.ops.mean(means, axis=-1, keepdims=True)
        means = keras.ops.repeat(means, channels // self.groups, axis=-1)
        return keras.ops.reshape(means, (-1, 1, 1, channels))


def _dotted(name: str) -> str:
    return name.replace("/", ".")
