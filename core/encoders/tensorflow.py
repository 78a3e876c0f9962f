"""Runs a network with TensorFlow, on a GPU or where OpenVINO is not installed."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.encoders.encoder import Images
from core.encoders.networks import load
from core.encoders.weights.lookup import ResolvedWeights


class TensorFlowNetwork:
    """A network on the GPU if TensorFlow finds one, otherwise on the CPU; it computes in f32.

    Create it in the process that uses it, because TensorFlow does not survive a fork.
    """

    def __init__(self, weights: ResolvedWeights, *, batch_size: int) -> None:
        """Load the weights; `batch_size` is the maximum number of images per forward pass.

        Raises:
            NotInstalled: the weights belong to another network.
        """
        for gpu in tf.config.list_physical_devices("GPU"):
            # Otherwise, the first worker takes all memory of the GPU.
            tf.config.experimental.set_memory_growth(gpu, True)
        # Tensor cores would round the factors of every product to ten bits.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        self.description, side = weights.description, weights.description.side
        self._batch_size = batch_size
        spec = tf.TensorSpec((None, side, side, 3), tf.uint8)
        network = load(weights.description, weights.path)
        self._network = tf.function(network, input_signature=[spec])

    def run(self, images: Images) -> NDArray[np.float32]:
        """Return all outputs for n >= 1 images: (n, side, side, 3) -> (n, length)."""
        starts = range(0, len(images), self._batch_size)
        batches = [self._network(images[at : at + self._batch_size]).numpy() for at in starts]
        return np.concatenate(batches)
