"""`python -m benchmarks.support.fixed_delay_worker NAME`: worker-embed with a sleeping network.

All but the network is as ever: pictures are read, decoded, cut to size, their vectors written.
"""

import sys
import threading
import time
from typing import Any

import numpy as np

import workers.encoder_cache
from core.domain import EncoderIdentity
from core.encoders.encoder import Pictures, Vectors, unit_rows
from core.encoders.weights.lookup import Ready
from workers.__main__ import options
from workers.app import app

IMAGE_S = 0.2
SIDE, DIM = 224, 1_280


class FixedDelay:
    """An encoder that sleeps: one forward pass at a time, as on a device of its own."""

    side, dim = SIDE, DIM

    def __init__(self, identity: EncoderIdentity) -> None:
        self.identity = identity
        self._device = threading.Lock()

    def encode(self, pictures: Pictures) -> Vectors:
        """A little of each picture, after so long for each."""
        with self._device:
            time.sleep(IMAGE_S * len(pictures))
        flat = pictures.reshape(len(pictures), -1)[:, :: flat_step(pictures)][:, :DIM]
        return unit_rows(flat.astype(np.float32) + 1)


def flat_step(pictures: Pictures) -> int:
    """How far apart the numbers of a picture are that make its vector."""
    return pictures[0].size // DIM


def _open(ready: Ready, **_: Any) -> FixedDelay:
    return FixedDelay(ready.identity)


if __name__ == "__main__":
    workers.encoder_cache.open_encoder = _open
    app.worker_main(["worker", *options("embed", sys.argv[1])])
