"""`python -m benchmarks.support.fixed_delay_worker NAME`: worker-embed with a sleeping encoder.

Everything else is as in production: the worker reads and decodes images and writes vectors.
"""

import sys
import threading
import time
from typing import Any

import numpy as np

import workers.encoder_cache
from core.domain import EncoderIdentity
from core.encoders.encoder import Images, Vectors, unit_rows
from core.encoders.weights.lookup import ResolvedWeights
from workers.__main__ import run

IMAGE_S = 0.2
SIDE, DIM = 224, 1_280


class FixedDelay:
    """An encoder that sleeps, one forward pass at a time, as if on a device of its own."""

    side = SIDE

    def __init__(self, identity: EncoderIdentity) -> None:
        self.identity = identity
        self._device = threading.Lock()

    def encode(self, images: Images) -> Vectors:
        """Return some pixels of each image after a fixed time per image."""
        with self._device:
            time.sleep(IMAGE_S * len(images))
        step = images[0].size // DIM
        flat = images.reshape(len(images), -1)[:, ::step][:, :DIM]
        return unit_rows(flat.astype(np.float32) + 1)


def _open(weights: ResolvedWeights, **_: Any) -> FixedDelay:
    return FixedDelay(weights.identity)


if __name__ == "__main__":
    workers.encoder_cache.open_encoder = _open
    sys.exit(run("embed", sys.argv[1]))
