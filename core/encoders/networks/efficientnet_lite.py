"""EfficientNet-Lite0, 1 and 2 as Keras models, from images to pooled features of two layers.

Stages, strides and depths are from the TensorFlow sources (tpu/models/official/efficientnet/lite);
kernel sizes and widths are from the published weights.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from core.encoders.description import EncoderDescription
from core.encoders.networks.torch_weights import Tensors, read_tensors

_BATCH_NORM_EPSILON = 1e-3
# (blocks of Lite0, stride of the first block) of each stage
_STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))
# the standard deviation of the weights of positions, in halves of the image's side
_CENTRE_WIDTH = 0.7
_DEPTHS = {"EfficientNetLite0": 1.0, "EfficientNetLite1": 1.1, "EfficientNetLite2": 1.2}


def load(description: EncoderDescription, weights: Path) -> keras.Model:
    """Build the network; see `core.encoders.networks.load` for the result and the errors."""
    tensors = read_tensors(weights)
    images = keras.Input((description.side, description.side, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 128, offset=-127 / 128)(images)
    x = _convolution(x, tensors, "_conv_stem", "_bn0", stride=2)
    middle = x
    for number, stride in enumerate(_strides(_DEPTHS[description.model])):
        middle = x if stride == 2 else middle  # in the end, the layer of 14 x 14 positions
        x = _block(x, tensors, f"_blocks.{number}", stride)
    x = _convolution(x, tensors, "_conv_head", "_bn1")
    pooled = [_gem(x, 3), _centred_gem(x), _centred_gem(keras.ops.relu(middle))]
    return keras.Model(images, keras.ops.concatenate(pooled, axis=-1))


def _strides(depth: float) -> Iterator[int]:
    """Yield the stride of each block; a deeper network repeats the blocks of the inner stages."""
    for number, (blocks, stride) in enumerate(_STAGES):
        inner = 0 < number < len(_STAGES) - 1
        yield stride
        yield from [1] * (math.ceil(blocks * (depth if inner else 1)) - 1)


def _block(x: keras.KerasTensor, tensors: Tensors, name: str, stride: int) -> keras.KerasTensor:
    y = x
    if f"{name}._expand_conv.weight" in tensors:
        y = _convolution(y, tensors, f"{name}._expand_conv", f"{name}._bn0")
    y = _convolution(y, tensors, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride)
    y = _convolution(y, tensors, f"{name}._project_conv", f"{name}._bn2", activation=None)
    return keras.layers.add([x, y]) if stride == 1 and x.shape == y.shape else y


def _convolution(
    x: keras.KerasTensor,
    tensors: Tensors,
    name: str,
    norm: str,
    *,
    stride: int = 1,
    activation: str | None = "relu6",
) -> keras.KerasTensor:
    kernel, bias = _fold_batch_norm(tensors, name, norm)
    filters, channels, *size = kernel.shape
    options = {"strides": stride, "padding": "same", "activation": activation}
    if channels == 1:
        layer = keras.layers.DepthwiseConv2D(size, depthwise_initializer="zeros", **options)
        kernel = kernel.transpose(2, 3, 0, 1)
    else:
        layer = keras.layers.Conv2D(filters, size, kernel_initializer="zeros", **options)
        kernel = kernel.transpose(2, 3, 1, 0)
    y = layer(x)
    layer.set_weights([kernel, bias])
    return y


def _fold_batch_norm(tensors: Tensors, name: str, norm: str) -> tuple[NDArray[np.float32], ...]:
    """Merge a convolution and its batch norm; return kernel (out, in, height, width) and bias."""
    gamma, beta, mean, variance = (
        tensors[f"{norm}.{part}"].astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + _BATCH_NORM_EPSILON)
    kernel = tensors[f"{name}.weight"] * scale[:, None, None, None]
    return kernel.astype(np.float32), (beta - mean * scale).astype(np.float32)


def _gem(x: keras.KerasTensor, p: float) -> keras.KerasTensor:
    """Return the generalised mean over positions; the input is never negative."""
    powers = keras.layers.GlobalAveragePooling2D()(keras.ops.power(x, p))
    return keras.ops.power(powers, 1 / p)


def _centred_gem(x: keras.KerasTensor) -> keras.KerasTensor:
    """Return the generalised mean over positions, weighted towards the centre, with p = 2."""
    return keras.ops.sqrt(keras.ops.sum(keras.ops.square(x) * _centre(x.shape[1]), axis=(1, 2)))


def _centre(side: int) -> NDArray[np.float32]:
    """Return weights that sum to 1, a bell curve around the centre: (side, side, 1)."""
    offsets = (np.arange(side) - (side - 1) / 2) / (side / 2)
    bell = np.exp(-(offsets**2) / (2 * _CENTRE_WIDTH**2))
    weights: NDArray[np.float32] = np.outer(bell / bell.sum(), bell / bell.sum()).astype(np.float32)
    return weights[..., None]
