"""Names the colours of the product that an image shows."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.colours import COLOUR_NAMES, COLOURS
from core.encoders.recipes.colour import code_colours, colour_codes, product_mask

MAX_COLOURS = 3
_MIN_SHARE = 0.2
"""A colour counts if the product has at least this share of it."""
_SIDE = 64  # pixels in each direction are enough
_CENTRE = 0.35  # the width of the weights, which favour the centre, relative to the side


def colour_tags(pixels: NDArray[np.uint8]) -> tuple[str, ...]:
    """Return the names of the product's colours in an image (side, side, 3), the main one first."""
    shares = colour_shares(pixels)
    main = np.argsort(-shares, kind="stable")[:MAX_COLOURS]
    return tuple(COLOUR_NAMES[k] for k in main if shares[k] >= _MIN_SHARE) or (
        COLOUR_NAMES[main[0]],
    )


def colour_shares(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how much of the product in an image (side, side, 3) each basic colour takes: (11,)."""
    step = max(len(pixels) // _SIDE, 1)
    small = pixels[step // 2 :: step, step // 2 :: step]
    weights = product_mask(small) * _centre_weights(len(small))
    counts = np.bincount(name_colours(small).ravel(), weights.ravel(), len(COLOURS))
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares


def name_colours(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return which basic colour each pixel has: (..., 3) -> (...), positions in `COLOURS`."""
    named: NDArray[np.uint8] = _names()[colour_codes(pixels)]
    return named


def nearest_colours(lab: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the basic colour of each Lab colour: (..., 3) -> (...), positions in `COLOURS`."""
    samples = np.array([sample for colour in COLOURS for sample in colour.samples])
    owners = np.repeat(np.arange(len(COLOURS)), [len(colour.samples) for colour in COLOURS])
    distances = ((lab[..., None, :] - samples) ** 2).sum(axis=-1)
    nearest: NDArray[np.uint8] = owners[distances.argmin(axis=-1)].astype(np.uint8)
    return nearest


@cache
def _names() -> NDArray[np.uint8]:
    """Return the basic colour of each 15-bit colour."""
    return nearest_colours(code_colours())


@cache
def _centre_weights(side: int) -> NDArray[np.float64]:
    offsets = (np.arange(side) + 0.5) / side - 0.5
    weights = np.exp(offsets**2 / (-2 * _CENTRE**2))
    return weights[:, None] * weights[None, :]
