"""`python -m benchmarks.support.fixed_delay_worker NAME`: worker-embed with a sleeping network.

Everything else is as in production: the worker reads and decodes images and writes vectors.
"""

import sys
import threading
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import workers.encoder_cache
from core.encoders.description import EncoderDescription
from core.encoders.encoder import Images
from core.encoders.weights.lookup import ResolvedWeights
from workers.__main__ import run

IMAGE_S = 0.2


class FixedDelay:
    """A network that sleeps, one forward pass at a time, as if on a device of its own."""

    def __init__(self, description: EncoderDescription) -> None:
        self.description = description
        self._device = threading.Lock()

    def run(self, images: Images) -> NDArray[np.float32]:
        """Return some pixels of each image after a fixed time per image."""
        with self._device:
            time.sleep(IMAGE_S * len(images))
        length = sum(self.description.outputs.values())
        step = images[0].size // length
        flat = images.reshape(len(images), -1)[:, ::step][:, :length]
        return flat.astype(np.float32) + 1


def _open(weights: ResolvedWeights, **_: Any) -> FixedDelay:
    return FixedDelay(weights.description)


if __name__ == "__main__":
    vars(workers.encoder_cache)["open_network"] = _open
    sys.exit(run("embed", sys.argv[1]))
