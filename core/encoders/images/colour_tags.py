"""Names the colours of the product that an image shows."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.colours import COLOUR_NAMES, COLOURS
from core.encoders.recipes.colour import code_colours, product_colours

MAX_COLOURS = 3
_MIN_SHARE = 0.2
"""A colour counts if the product has at least this share of it."""


def colour_tags(pixels: NDArray[np.uint8]) -> tuple[str, ...]:
    """Return the names of the product's colours in an image (side, side, 3), the main one first."""
    shares = colour_shares(pixels)
    main = np.argsort(-shares, kind="stable")[:MAX_COLOURS]
    return tuple(COLOUR_NAMES[k] for k in main if shares[k] >= _MIN_SHARE) or (
        COLOUR_NAMES[main[0]],
    )


def colour_shares(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how much of the product in an image (side, side, 3) each basic colour takes: (11,)."""
    colours, amounts = product_colours(pixels)
    counts = np.bincount(_names()[colours], amounts, len(COLOURS))
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares


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
