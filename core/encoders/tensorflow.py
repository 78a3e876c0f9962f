"""Runs a network with TensorFlow, on a GPU or where OpenVINO is not installed."""

import numpy as np
import tensorflow as tf

from core.encoders.encoder import Images, Vectors, unit_rows
from core.encoders.networks import load
from core.encoders.weights.lookup import ResolvedWeights


class TensorFlowEncoder:
    """An encoder on the GPU if TensorFlow finds one, otherwise on the CPU; it computes in f32.

    Create the encoder in the process that uses it, because TensorFlow does not survive a fork.
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
        self.identity, self.side = weights.identity, weights.description.side
        self._batch_size = batch_size
        spec = tf.TensorSpec((None, self.side, self.side, 3), tf.uint8)
        network = load(weights.description, weights.path)
        self._network = tf.function(network, input_signature=[spec])

    def encode(self, images: Images) -> Vectors:
        """Return the vectors of n >= 1 images: (n, side, side, 3) -> (n, dim)."""
        starts = range(0, len(images), self._batch_size)
        batches = [self._network(images[at : at + self._batch_size]).numpy() for at in starts]
        return unit_rows(np.concatenate(batches))
