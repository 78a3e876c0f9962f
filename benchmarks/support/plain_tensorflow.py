"""`python -m benchmarks.support.plain_tensorflow NAME WEIGHTS FOLDER`: speed of plain TensorFlow.

Prints two rates in images per second: of calling `predict` once per file, as tutorials do, and of
running a compiled forward pass on batches of sixteen images that are already decoded.
"""

import itertools
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from benchmarks.support.call_rate import call_rate
from core.encoders.catalogue import describe
from core.encoders.networks import load

WARM_UP = 3
BATCH = 16
MIN_S = 4.0


def main(name: str, weights: Path, folder: Path) -> None:
    """Load the network, measure both rates, and print them."""
    description = describe(name)
    model = load(description, weights)
    paths = sorted(folder.glob("*.jpg"))
    size = (description.side, description.side)
    print(_predict_rate(model, paths, size), _batch_rate(model, paths, size))


def _predict_rate(model: keras.Model, paths: list[Path], size: tuple[int, int]) -> float:
    endless_paths = itertools.cycle(paths)

    def embed() -> None:
        model.predict(_open_image(next(endless_paths), size)[np.newaxis], verbose=0)

    for _ in range(WARM_UP):
        embed()
    return call_rate(embed, MIN_S)


def _batch_rate(model: keras.Model, paths: list[Path], size: tuple[int, int]) -> float:
    batch = np.stack([_open_image(path, size) for path in (paths * BATCH)[:BATCH]])
    network = tf.function(model, input_signature=[tf.TensorSpec(batch.shape, tf.uint8)])
    network(batch)  # warm-up: the first call compiles
    return BATCH * call_rate(lambda: network(batch).numpy(), MIN_S)


def _open_image(path: Path, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB").resize(size))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
