"""Tries networks on drawn images and short texts: a wrong file must not make useless vectors."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import Network, unit_rows
from core.errors import NotInstalled

_SAME = 1e-3
"""1 - cosine up to which two vectors count as the same; bf16 rounds to less."""
_ROUNDING = 1e-3
"""By how much a number may change from call to call, relative to the largest."""
_Fault = Literal["infinite", "unsteady", "alike"]

_OF_IMAGES: Mapping[_Fault, str] = {
    "infinite": "the vectors have numbers that are not finite; check `mean`, `std` and "
    "`max_value`, or set LOOKALIKE_ENCODERS__PRECISION=f32",
    "unsteady": "the vector of an image changes from call to call; export the network for "
    "inference, without dropout or other randomness",
    "alike": "different images have the same vector; check `mean`, `std`, `max_value`, "
    "`output` and `pooling`, and that the file has trained weights",
}
_OF_TEXTS: Mapping[_Fault, str] = {
    "infinite": "the vectors of texts have numbers that are not finite; set "
    "LOOKALIKE_ENCODERS__PRECISION=f32, or check the file",
    "unsteady": "the vector of a text changes from call to call; export the network for "
    "inference, without dropout or other randomness",
    "alike": "different texts have the same vector; check `output` and `inputs`, that the "
    "tokenizer is the network's own, and that the file has trained weights",
}


def check_network(network: Network) -> None:
    """Run a network twice on three different images.

    Raises:
        NotInstalled: its vectors are not finite, change from call to call, or are the same for
            different images.
    """
    images = sample_images(network.description.side)
    if fault := _find_fault(network.run(images), network.run(images)):
        raise NotInstalled(f"{network.description.name}: {_OF_IMAGES[fault]}")


def check_texts(first: NDArray[np.float32], second: NDArray[np.float32], path: Path) -> None:
    """Check the vectors (n, dim) of different texts from two calls.

    Raises:
        NotInstalled: they are not finite, change from call to call, or are the same.
    """
    if fault := _find_fault(first, second):
        raise NotInstalled(f"{path}: {_OF_TEXTS[fault]}")


def _find_fault(first: NDArray[np.float32], second: NDArray[np.float32]) -> _Fault | None:
    """Return what is wrong with vectors of different images or texts, from two calls."""
    if not np.isfinite(first).all():
        return "infinite"
    if np.abs(first - second).max() > _ROUNDING * np.abs(first).max():
        return "unsteady"
    rows = unit_rows(first)
    cosines = (rows @ rows.T)[np.triu_indices(len(rows), 1)]
    if cosines.max() > 1 - _SAME or not rows.any(axis=1).all():
        return "alike"
    return None


def sample_images(side: int) -> NDArray[np.uint8]:
    """Return a grey ramp, coloured stripes, and noise: (3, side, side, 3)."""
    ramp = np.linspace(0, 255, side)[:, None, None] * np.ones((1, side, 3))
    stripes = np.zeros((side, side, 3))
    stripes[:, ::4, 0], stripes[:, 1::4, 1] = 255, 255
    noise = np.random.default_rng(1).integers(0, 256, (side, side, 3))
    return np.stack([ramp, stripes, noise]).astype(np.uint8)
