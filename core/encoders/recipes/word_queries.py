"""Words as queries: vectors whose dot product with that of an image is the evidence for a word.

Evidence is 0 where an image has nothing to do with the word, and up to about 1 where it shows
little else. It is linear, so that the evidence for several words takes one search.
"""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.colours import COLOURS, Lab
from core.encoders.class_head import ClassHead
from core.encoders.recipes.colour import colour_of_lab
from core.encoders.recipes.fitting import Statistics
from core.encoders.recipes.layout import Layout

Query = NDArray[np.float32]

_FULL_COSINE = 0.5
"""The cosine of an image's last layer and the direction of its class, at most."""
_CONTRAST = 0.4
"""How much of the evidence for the other basic colours is subtracted: grey is a bit of each."""


def class_query(
    head: ClassHead, classes: Sequence[int], layout: Layout, statistics: Statistics | None = None
) -> Query:
    """Return the query (dim,) for images that show one of some classes of ImageNet.

    `statistics` are those of the vectors, if their recipe is fitted.
    """
    direction = head.direction(classes)
    if statistics and "network" in statistics.parts:
        direction = direction @ statistics.parts["network"].basis
    query = np.zeros(layout.dim, dtype=np.float32)
    query[layout.slices["network"]] = direction / _FULL_COSINE
    return query / np.float32(math.sqrt(layout.weights["network"]))


def colour_query(samples: tuple[Lab, ...], basic: str, layout: Layout) -> Query | None:
    """Return the query (dim,) for products of a colour; None if the vectors have no colour.

    `basic` is the basic colour to which the samples belong.
    """
    if "colour" not in layout.slices:
        return None
    others = [_colour(colour.samples) for colour in COLOURS if colour.name != basic]
    own = _colour(samples)
    contrast = own - np.float32(_CONTRAST) * np.mean(others, axis=0)
    query = np.zeros(layout.dim, dtype=np.float32)
    query[layout.slices["colour"]] = contrast / (contrast @ own)
    return query / np.float32(math.sqrt(layout.weights["colour"]))


@cache
def _colour(samples: tuple[Lab, ...]) -> Query:
    """Return the colour part of a product with these colours; there are few such samples."""
    lab = np.array(samples, dtype=np.float32)
    return colour_of_lab(lab, np.ones(len(lab), dtype=np.float32))
