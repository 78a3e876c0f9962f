"""A judge of colours that shares no estimate with what it judges: pixels unlike the border's."""

import numpy as np
from numpy.typing import NDArray

from core.encoders.recipes.colour import to_lab

_BORDER_DISTANCE = 12.0  # in CIELAB, from the median of the border
_MIN_SHARE = 0.03
"""If less than this share of an image differs from its border, all of it is the product."""


def product_mask(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which pixels of an image (side, side, 3) differ from its border: (side, side)."""
    lab = to_lab(image)
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    difference = lab - np.median(border, axis=0)
    mask: NDArray[np.bool_] = (difference**2).sum(axis=2) > _BORDER_DISTANCE**2
    return mask if mask.mean() >= _MIN_SHARE else np.ones_like(mask)


def mean_colour(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the mean Lab colour of the product in the middle of an image (side, side, 3): (3,)."""
    quarter = len(image) // 4
    middle = slice(quarter, len(image) - quarter)
    lab, mask = to_lab(image[middle, middle]), product_mask(image)[middle, middle]
    mean: NDArray[np.float32] = lab[mask].mean(axis=0) if mask.any() else lab.mean(axis=(0, 1))
    return mean
