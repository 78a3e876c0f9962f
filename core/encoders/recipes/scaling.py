"""Arithmetic on the parts of vectors: the weight of colour in a query, the cosine of each part."""

import numpy as np
from numpy.typing import NDArray

from core.encoders.description import PartName
from core.encoders.recipes.layout import Layout
from core.errors import InvalidInput

Array = NDArray[np.float32]


def scale_query(vectors: Array, layout: Layout, colour: float | None) -> Array:
    """Return queries (..., dim) in which colour has another weight, from 0 to 1.

    The dot product of such a query with a stored vector is (1 - colour) times the weighted mean
    cosine of the other parts, plus `colour` times the cosine of the colour parts. It is longer
    than a unit vector, so that the same image still scores 1. None leaves the vectors unchanged.

    Raises:
        InvalidInput: the vectors have no part for colour.
    """
    if colour is None:
        return vectors
    if "colour" not in layout.weights:
        raise InvalidInput(
            "the vectors of this collection were made without colour, so `colour` cannot be used; "
            "rebuild the collection first"
        )
    weight, part = layout.weights["colour"], layout.slices["colour"]
    scaled = vectors * np.float32((1 - colour) / (1 - weight))
    scaled[..., part] = vectors[..., part] * np.float32(colour / weight)
    return scaled


def part_cosines(a: Array, b: Array, layout: Layout) -> dict[PartName, Array]:
    """Return the cosine of each part of the pairs of vectors (..., dim) in a and b, by name."""
    weights = layout.weights
    return {
        name: (a[..., part] * b[..., part]).sum(axis=-1) / np.float32(weights[name])
        for name, part in layout.slices.items()
    }
