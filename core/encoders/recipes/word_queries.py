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

_EVIDENCE = 1.5
"""The evidence of the direction itself; images come about halfway to it at most."""
_RIDGE = 4.5
"""The penalty on long directions: with less, evidence depends on single bins of the histogram."""
_SHADE = np.float32(math.cbrt(0.8))  # of CIELAB's cube roots: with 80 % of the light
_ZERO = np.array([16, 0, 0], dtype=np.float32)  # where these cube roots are 0, below black
_WHOLE = np.ones(1, dtype=np.float32)


def class_query(
    head: ClassHead, classes: Sequence[int], layout: Layout, statistics: Statistics | None = None
) -> Query:
    """Return the query (dim,) for images that show one of some classes of ImageNet.

    Classes that differ, such as those of hats, get as much evidence as a single class does.
    `statistics` are those of the vectors, if their recipe is fitted.
    """
    return direction_query(head.middle(classes), layout, statistics)


def direction_query(
    direction: Query, layout: Layout, statistics: Statistics | None = None
) -> Query:
    """Return the query (dim,) for images that lie in a direction (n,) of the network.

    The middle of some classes, or a text, is such a direction. Fitted parts have lost their mean,
    so of the direction, too, only what lies in the directions that were kept counts.
    """
    direction = direction * np.float32(_EVIDENCE / (direction @ direction))
    if statistics and "network" in statistics.parts:
        direction = direction @ statistics.parts["network"].basis
    query = np.zeros(layout.dim, dtype=np.float32)
    query[layout.slices["network"]] = direction
    return query / np.float32(math.sqrt(layout.weights["network"]))


def colour_query(samples: tuple[Lab, ...], basic: str, layout: Layout) -> Query | None:
    """Return the query (dim,) for products of a colour; None if the vectors have no colour.

    `basic` is the basic colour to which the samples belong.
    """
    if "colour" not in layout.slices:
        return None
    query = np.zeros(layout.dim, dtype=np.float32)
    query[layout.slices["colour"]] = _colour_direction(samples, basic)
    return query / np.float32(math.sqrt(layout.weights["colour"]))


@cache  # there are few colours
def _colour_direction(samples: tuple[Lab, ...], basic: str) -> Query:
    """Return the direction (64,) that tells samples from those of the other basic colours.

    It is the ridge regression to 1 for the samples and 0 for the others.
    """
    own = _parts(samples)
    others = _parts([lab for colour in COLOURS if colour.name != basic for lab in colour.samples])
    rows = np.concatenate([own, others])
    penalty = np.eye(rows.shape[1], dtype=np.float32) * np.float32(_RIDGE)
    direction = np.linalg.solve(rows.T @ rows + penalty, own.sum(axis=0))
    return np.asarray(direction / (direction @ own.mean(axis=0)), dtype=np.float32)


def _parts(samples: Sequence[Lab]) -> Query:
    """Return the colour parts of products of each sample, well lit and in the shade: (n, 64)."""
    lit = np.array(samples, dtype=np.float32)
    labs = np.concatenate([lit, _SHADE * (lit + _ZERO) - _ZERO])
    return np.stack([colour_of_lab(lab[np.newaxis], _WHOLE) for lab in labs])
