"""Random weights files of keras.applications, and the features that Keras computes with them.

The parity tests compare our networks with these features.
"""

import hashlib
import warnings
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group
from keras.src.utils import file_utils
from numpy.typing import NDArray

from core.encoders.description import EncoderDescription

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Seeded:
    """An encoder with a random weights file."""

    description: EncoderDescription
    weights: Path
    images: Images
    features: NDArray[np.float32]
    """Of these images, by Keras alone: (4, dim)."""


def sample_images(side: int, seed: int) -> Images:
    """Return fine noise, coarse noise, and both at low contrast; all channels differ."""
    random = np.random.default_rng(seed)
    fine = random.integers(0, 256, (side, side, 3))
    coarse = np.kron(random.integers(0, 256, (10, 10, 3)), np.ones((side, side, 1), int))
    coarse = coarse[5::10, 5::10][:side, :side]
    strong = np.stack([fine, coarse]) * [4, 3, 2] // 4
    weak = [90, 120, 150] + np.stack([fine, coarse]) * [1, 2, 3] // 64
    return np.concatenate([strong, weak]).astype(np.uint8)


def write_weights(description: EncoderDescription, path: Path, seed: int = 0) -> None:
    """Write random weights, with batch statistics as training would leave them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(file_utils, "get_file", lambda *_args, **_options: "absent.h5")
        patched.setattr(keras.Model, "load_weights", lambda *_args: None)
        network = _build(description)
    _fill(network, np.random.default_rng(seed))
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
        elif isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
        elif isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    network(preprocess(description, sample_images(description.side, seed=1)), training=True)
    with h5py.File(path, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from Keras, about NumPy
        save_weights_to_hdf5_group(file, network)


def reference_features(description: EncoderDescription, path: Path, images: Images) -> NDArray:
    """Compute features (n, dim) by Keras alone; it finds the file in `models/` of its cache."""
    get_file = file_utils.get_file

    def cached(*args: Any, file_hash: str, **options: Any) -> str:
        digest = hashlib.md5(path.read_bytes()).hexdigest()
        return get_file(*args, cache_dir=path.parents[1], file_hash=digest, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(file_utils, "get_file", cached)
        network = _build(description)
    return network(preprocess(description, images), training=False).numpy()


def _build(description: EncoderDescription) -> keras.Model:
    shape = (description.side, description.side, 3)
    build = getattr(keras.applications, description.model)
    return build(weights="imagenet", include_top=False, pooling="avg", input_shape=shape)


def preprocess(description: EncoderDescription, images: Images) -> NDArray[np.float32]:
    """Preprocess with the family's own function, which may overwrite its input."""
    family = import_module(getattr(keras.applications, description.model).__module__)
    return family.preprocess_input(images.astype(np.float32))


def _fill(network: keras.Model, random: np.random.Generator) -> None:
    """Fill with kernels of very different scales where a normalisation follows, to test it."""
    normalised = any(isinstance(x, keras.layers.BatchNormalization) for x in network.layers)
    for variable in network.weights:
        shape = variable.shape
        match variable.name:
            case "kernel" | "pointwise_kernel" | "depthwise_kernel" as name:
                fan_in = np.prod(shape[:2] if name == "depthwise_kernel" else shape[:-1])
                size = 10 ** random.uniform(-1, 0.2) if normalised else 1
                size = size / 64 if not normalised and shape[-2] == 3 else size
                variable.assign(random.normal(0, size * np.sqrt(2 / fan_in), shape))
            case "bias" | "beta":
                variable.assign(random.normal(0, 0.3, shape))
            case "gamma":
                variable.assign(random.uniform(0.5, 1.5, shape))
            case "mean":
                variable.assign(random.uniform(0.4, 0.5, shape))
            case "variance":
                variable.assign(random.uniform(0.2, 0.25, shape))
            case "moving_mean" | "moving_variance" | "count":
                pass
            case name:
                raise AssertionError(f"do not know how to fill {name}")
