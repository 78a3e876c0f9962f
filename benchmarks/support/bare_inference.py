"""What the work costs by itself: decoding, the forward pass, and the loop of a tutorial."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.encoders.encoder import Encoder
from core.encoders.images.preprocessing import decode
from core.encoders.weights.lookup import Ready

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


@dataclass(frozen=True)
class Plain:
    """Pictures a second of TensorFlow, without us."""

    loop: float
    """`model.predict` on one file after the other, as tutorials have it."""
    batches: float
    """A compiled forward pass of sixteen, decoding not counted."""


def plain(ready: Ready, pictures: list[bytes]) -> Plain:
    """Measured in a process of its own, so that TensorFlow is not in the way of the rest."""
    with TemporaryDirectory() as folder:
        for number, data in enumerate(pictures):
            (Path(folder) / f"{number:04}.jpg").write_bytes(data)
        name, weights = ready.description.name, str(ready.weights)
        command = [
            sys.executable,
            "-m",
            "benchmarks.support.plain_tensorflow",
            name,
            weights,
            folder,
        ]
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    loop, batches = done.stdout.split()[-2:]
    return Plain(float(loop), float(batches))


def forward_rate(encoder: Encoder, picture: bytes, seconds: float) -> float:
    """Pictures a second through the network alone, a thread on every core."""
    pixels = decode(picture, side=encoder.side, max_megapixels=MEGAPIXELS)[np.newaxis]
    until = time.perf_counter() + seconds

    def loop() -> float:
        started, count = time.perf_counter(), 0
        while time.perf_counter() < until:
            encoder.encode(pixels)
            count += 1
        return count / (time.perf_counter() - started)

    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        return sum(pool.map(lambda _: loop(), range(cores)))
