"""Runs a network with TensorFlow: for GPUs, and where OpenVINO is not installed."""

import numpy as np
import tensorflow as tf

from core.domain import EncoderIdentity
from core.encoders.encoder import Pictures, Vectors, unit_rows
from core.encoders.networks import load
from core.encoders.weights.lookup import Ready


class TensorFlowEncoder:
    """A network on the GPU if TensorFlow sees one, else on the CPU; computes in f32.

    Make it in the process that uses it: TensorFlow does not survive a fork.
    """

    def __init__(self, ready: Ready, *, batch: int) -> None:
        """Load the weights; `batch` is the most pictures in one forward pass.

        Raises:
            NotInstalled: the weights are not this network's.
        """
        for gpu in tf.config.list_physical_devices("GPU"):
            # Otherwise the first worker takes the whole memory of the GPU.
            tf.config.experimental.set_memory_growth(gpu, True)
        # Tensor cores would round the inputs of every product to ten bits.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        self._ready = ready
        self._batch = batch
        side = ready.description.side
        shape = (None, side, side, 3)
        self._network = tf.function(
            load(ready.description, ready.weights), input_signature=[tf.TensorSpec(shape, tf.uint8)]
        )

    @property
    def identity(self) -> EncoderIdentity:
        """What its vectors are marked with."""
        return self._ready.identity

    @property
    def side(self) -> int:
        """Width and height of its pictures, in pixels."""
        return self._ready.description.side

    @property
    def dim(self) -> int:
        """Length of its vectors."""
        return self._ready.description.dim

    def encode(self, pictures: Pictures) -> Vectors:
        """uint8 RGB (n, side, side, 3), n >= 1 -> float32 (n, dim), rows of length one."""
        starts = range(0, len(pictures), self._batch)
        parts = [self._network(pictures[at : at + self._batch]).numpy() for at in starts]
        return unit_rows(np.concatenate(parts))
