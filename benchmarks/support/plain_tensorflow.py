"""`python -m benchmarks.support.plain_tensorflow NAME WEIGHTS FOLDER`: plain TensorFlow.

Prints images per second of `predict` called per file, as in tutorials; and of a compiled forward
pass of sixteen decoded images.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from core.encoders.catalogue import describe
from core.encoders.networks import load

WARM_UP = 3
BATCH = 16
MIN_S = 4.0


def main(name: str, weights: Path, folder: Path) -> None:
    """Load the network, measure both, print."""
    description = describe(name)
    model = load(description, weights)
    paths = sorted(folder.glob("*.jpg"))
    size = (description.side, description.side)
    print(_predict_rate(model, paths, size), _batch_rate(model, paths, size))


def _predict_rate(model: keras.Model, paths: list[Path], size: tuple[int, int]) -> float:
    def embed(n: int) -> None:
        model.predict(_open_image(paths[n % len(paths)], size)[np.newaxis], verbose=0)

    return _rate(embed, WARM_UP)


def _batch_rate(model: keras.Model, paths: list[Path], size: tuple[int, int]) -> float:
    batch = np.stack([_open_image(path, size) for path in (paths * BATCH)[:BATCH]])
    network = tf.function(model, input_signature=[tf.TensorSpec(batch.shape, tf.uint8)])
    return BATCH * _rate(lambda _: network(batch).numpy(), 1)


def _open_image(path: Path, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB").resize(size))


def _rate(call: Callable[[int], object], warm_up: int) -> float:
    for n in range(warm_up):
        call(n)
    started, done = time.perf_counter(), 0
    while (took := time.perf_counter() - started) < MIN_S:
        call(done)
        done += 1
    return done / took


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
