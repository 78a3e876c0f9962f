"""Tries a network on drawn images: a wrong file or description must not make useless vectors."""

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import Network, unit_rows
from core.errors import NotInstalled

_SAME = 1e-3
"""1 - cosine up to which the vectors of two images count as the same; bf16 rounds to less."""
_ROUNDING = 1e-3
"""By how much a number may change from call to call, relative to the largest."""


def check_network(network: Network) -> None:
    """Run a network twice on three different images.

    Raises:
        NotInstalled: its vectors are not finite, change from call to call, or are the same for
            different images.
    """
    name = network.description.name
    images = sample_images(network.description.side)
    first, second = network.run(images), network.run(images)
    if not np.isfinite(first).all():
        raise NotInstalled(
            f"{name}: the vectors have numbers that are not finite; check `mean`, `std` and "
            "`max_value`, or set LOOKALIKE_ENCODERS__PRECISION=f32"
        )
    if np.abs(first - second).max() > _ROUNDING * np.abs(first).max():
        raise NotInstalled(
            f"{name}: the vector of an image changes from call to call; export the network for "
            "inference, without dropout or other randomness"
        )
    rows = unit_rows(first)
    cosines = (rows @ rows.T)[np.triu_indices(len(rows), 1)]
    if cosines.max() > 1 - _SAME or not rows.any(axis=1).all():
        raise NotInstalled(
            f"{name}: different images have the same vector; check `mean`, `std`, `max_value`, "
            "`output` and `pooling`, and that the file has trained weights"
        )


def sample_images(side: int) -> NDArray[np.uint8]:
    """Return a grey ramp, coloured stripes, and noise: (3, side, side, 3)."""
    ramp = np.linspace(0, 255, side)[:, None, None] * np.ones((1, side, 3))
    stripes = np.zeros((side, side, 3))
    stripes[:, ::4, 0], stripes[:, 1::4, 1] = 255, 255
    noise = np.random.default_rng(1).integers(0, 256, (side, side, 3))
    return np.stack([ramp, stripes, noise]).astype(np.uint8)
