"""Chooses how much colour weighs in the fitted vectors of a collection, from its own images.

What a weight does differs between collections: images that have much in common, such as drawings on
plain backgrounds, need more of it than photos do. So the weight is chosen by its effect: the
nearest images are to be about a fifth closer in colour than they are by shape alone.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.domain import EncoderIdentity
from core.encoders.encoder import Features, Vectors
from core.encoders.recipes.colour import Lab, mean_colours
from core.encoders.recipes.fitting import Statistics
from core.encoders.recipes.layout import layout_of
from core.encoders.recipes.recipe_encoder import join_parts

CHOICES: Sequence[float] = (0.22, 0.24, 0.26, 0.28, 0.30, 0.32)
"""On photos of clothes, more than the last weight finds fewer images of the same kind."""
MIN_IMAGES = 64
"""With fewer images, the first weight is used."""
_CLOSER = 0.22
"""How much closer colours are to be: a little more than a fifth, since colours are estimated here
as they are in the vectors themselves, so that the gain appears larger than it is.
"""
_NEAREST = 10


def choose_colour_weight(
    features: Features, statistics: Statistics, fitted: EncoderIdentity
) -> float:
    """Return the least weight of colour that brings the nearest images close enough in colour.

    `features` are the unit parts of the images that the statistics were fitted to, (images, n);
    `fitted` is the identity with the fitted recipe.
    """
    colours = mean_colours(features["colour"])
    if len(colours) < MIN_IMAGES:
        return CHOICES[0]
    most = (1 - _CLOSER) * _colour_distance(features["network"], colours)
    parts = statistics.apply(features)
    for weight in CHOICES:
        vectors = join_parts(parts, layout_of(replace(fitted, colour_weight=weight)))
        if _colour_distance(vectors, colours) <= most:
            return weight
    return CHOICES[-1]


def _colour_distance(vectors: Vectors, colours: Lab) -> float:
    """Return the mean distance in CIELAB between images and the ten nearest other ones."""
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    nearest: NDArray[np.intp] = np.argpartition(-scores, _NEAREST, axis=1)[:, :_NEAREST]
    return float(np.linalg.norm(colours[nearest] - colours[:, np.newaxis], axis=2).mean())
