"""Measures the bare work: decoding, the forward pass, and a tutorial's TensorFlow loop."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import Encoder
from core.encoders.images.preprocessing import preprocess
from core.encoders.weights.lookup import ResolvedWeights

MEGAPIXELS = 50


@dataclass(frozen=True)
class Cost:
    """CPU seconds per image, on one thread."""

    decode_s: float
    forward_s: float

    @property
    def limit(self) -> float:
        """Images per second if all cores did nothing else."""
        return (os.cpu_count() or 1) / (self.decode_s + self.forward_s)


def cost(encoder: Encoder, images: list[bytes]) -> Cost:
    """Decode all images, then encode all, one after the other."""
    started = time.process_time()
    batch = [preprocess(data, side=encoder.side, max_megapixels=MEGAPIXELS) for data in images]
    decoded = time.process_time()
    encoder.encode(np.stack(batch))
    done = time.process_time()
    return Cost((decoded - started) / len(images), (done - decoded) / len(images))


def embed(encoder: Encoder, data: bytes) -> NDArray[np.float32]:
    """Return the vector (dim,) of an image file."""
    pixels = preprocess(data, side=encoder.side, max_megapixels=MEGAPIXELS)
    vector: NDArray[np.float32] = encoder.encode(pixels[np.newaxis])[0]
    return vector


def embed_ms(encoder: Encoder, images: list[bytes]) -> list[float]:
    """Return the wall time from each image's bytes to its vector, in milliseconds."""
    return [timed_ms(partial(embed, encoder, data)) for data in images]


def timed_ms(call: Callable[[], object]) -> float:
    """Return the wall time of a call in milliseconds."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


@dataclass(frozen=True)
class TensorFlowRates:
    """Images per second of plain TensorFlow."""

    loop: float
    """`model.predict` on one file after the other, as in tutorials."""
    batches: float
    """A compiled forward pass of sixteen images, without decoding."""


def plain_tensorflow(weights: ResolvedWeights, images: list[bytes]) -> TensorFlowRates:
    """Measure in a separate process, so that TensorFlow does not disturb other measurements."""
    with TemporaryDirectory() as folder:
        for number, data in enumerate(images):
            (Path(folder) / f"{number:04}.jpg").write_bytes(data)
        command = [sys.executable, "-m", "benchmarks.support.plain_tensorflow"]
        command += [weights.description.name, str(weights.path), folder]
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    loop, batches = done.stdout.split()[-2:]
    return TensorFlowRates(float(loop), float(batches))


def forward_rate(encoder: Encoder, image: bytes, seconds: float) -> float:
    """Return images per second of the forward pass alone, with a thread on every core."""
    pixels = preprocess(image, side=encoder.side, max_megapixels=MEGAPIXELS)[np.newaxis]
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
