"""What the work costs by itself: decoding, the forward pass, and the loop of a tutorial."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.encoders.encoder import Encoder
from core.encoders.pixels import decode

ENCODER = "efficientnet-lite0"
MEGAPIXELS = 50


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU for one picture, on one thread."""

    decode_s: float
    forward_s: float

    @property
    def limit(self) -> float:
        """Pictures a second if all cores did nothing else."""
        return (os.cpu_count() or 1) / (self.decode_s + self.forward_s)


def cost(encoder: Encoder, pictures: list[bytes]) -> Cost:
    """Decode all, then put all through the network, one after the other."""
    started = time.process_time()
    batch = [decode(data, side=encoder.side, max_megapixels=MEGAPIXELS) for data in pictures]
    decoded = time.process_time()
    encoder.encode(np.stack(batch))
    done = time.process_time()
    return Cost((decoded - started) / len(pictures), (done - decoded) / len(pictures))


def one_picture_ms(encoder: Encoder, pictures: list[bytes]) -> list[float]:
    """Wall milliseconds from the bytes of each picture to its vector, nothing else running."""

    def embed(data: bytes) -> None:
        pixels = decode(data, side=encoder.side, max_megapixels=MEGAPIXELS)
        encoder.encode(pixels[np.newaxis])

    return [timed_ms(lambda data=data: embed(data)) for data in pictures]  # type: ignore[misc]


def timed_ms(call: Callable[[], object]) -> float:
    """Wall milliseconds of a call."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def plain_loop(pictures: list[bytes]) -> float:
    """Pictures a second of `model.predict` on one after the other, as tutorials have it.

    In a process of its own, so that TensorFlow is not in the way of what is measured here.
    """
    with TemporaryDirectory() as folder:
        for number, data in enumerate(pictures):
            (Path(folder) / f"{number:04}.jpg").write_bytes(data)
        command = [sys.executable, "-m", "benchmarks.plain_loop", folder]
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout.split()[-1])
