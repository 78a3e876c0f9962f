"""Measures decoding and forward passes without a stack, and plain TensorFlow as in tutorials."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.call_rate import call_rate
from core.encoders.encoder import Encoder
from core.encoders.images.preprocessing import decode_for
from core.encoders.weights.lookup import ResolvedWeights

MEGAPIXELS = 50


@dataclass(frozen=True)
class Cost:
    """CPU seconds per image on one thread."""

    decode_s: float
    forward_s: float

    @property
    def limit(self) -> float:
        """Images per second if all cores did nothing but decode and encode."""
        return (os.cpu_count() or 1) / (self.decode_s + self.forward_s)


def cost(encoder: Encoder, images: list[bytes]) -> Cost:
    """Measure decoding all images, then encoding all of them one after the other."""
    started = time.process_time()
    pixels = [decode(encoder, data) for data in images]
    decoded = time.process_time()
    encoder.encode(np.stack(pixels))
    done = time.process_time()
    return Cost((decoded - started) / len(images), (done - decoded) / len(images))


def decode(encoder: Encoder, data: bytes) -> NDArray[np.uint8]:
    """Return the pixels (side, side, 3) of an image file."""
    return decode_for(encoder, data, MEGAPIXELS).pixels


def embed(encoder: Encoder, data: bytes) -> NDArray[np.float32]:
    """Return the vector (dim,) of an image file."""
    vector: NDArray[np.float32] = encoder.encode(decode(encoder, data)[np.newaxis])[0]
    return vector


@dataclass(frozen=True)
class TensorFlowRates:
    """Images per second of plain TensorFlow."""

    loop: float
    """Rate of `model.predict` on one file after the other, as in tutorials."""
    batches: float
    """Rate of a compiled forward pass of sixteen images, without decoding."""


def plain_tensorflow(weights: ResolvedWeights, images: list[bytes]) -> TensorFlowRates:
    """Measure in a separate process, where TensorFlow does not disturb other measurements."""
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
    encode = partial(encoder.encode, decode(encoder, image)[np.newaxis])
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        return sum(pool.map(call_rate, [encode] * cores, [seconds] * cores))
