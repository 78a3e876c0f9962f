"""Decides of which kind pairs of images are, by their details, their scores and their colours."""

import numpy as np
from numpy.typing import NDArray

from core.duplicates import DuplicateKind
from core.encoders.images.picture_match import PictureMatch
from core.encoders.recipes.layout import Layout
from core.encoders.recipes.scaling import part_cosines
from core.score_scale import ScoreScale
from core.similar.images import Vectors
from core.similar.pairs import Pairs, vectors_of

EQUAL = 0.999995
"""Scores are rounded to millionths: from here on, two vectors are the same."""
_PROBABLE = 0.9
_OTHER_COLOUR = 0.6
"""Below this, the colour parts of two products are different (docs/encoders.md says how often)."""

Chosen = NDArray[np.bool_]
Numbers = NDArray[np.float64]


def classify(
    pairs: Pairs,
    matches: NDArray[np.int64],
    vectors: Vectors,
    layout: Layout,
    scale: ScoreScale | None,
) -> dict[DuplicateKind, Chosen]:
    """Return which of the pairs (n) are of each kind; a pair is of one kind at most.

    `matches` (n) are the values of `PictureMatch`. Without a scale, scores mean nothing yet, and
    only the details count.
    """
    shape, colour = _shape_and_colour(pairs, vectors, layout)
    is_other_colour = colour < _OTHER_COLOUR
    is_copy = (matches == PictureMatch.COPY) & ~is_other_colour
    is_same = is_copy | (pairs.scores >= EQUAL)
    is_product = np.zeros(len(pairs), dtype=bool)
    is_variant = (matches != PictureMatch.NONE) & ~is_same
    if scale:
        is_variant |= (_probabilities(shape, scale) >= _PROBABLE) & is_other_colour & ~is_same
        is_product = (_probabilities(pairs.scores, scale) >= _PROBABLE) & ~is_other_colour
    return {
        DuplicateKind.SAME_PICTURE: is_same,
        DuplicateKind.SAME_PRODUCT: is_product & ~is_same & ~is_variant,
        DuplicateKind.VARIANTS: is_variant,
    }


def _probabilities(scores: Numbers, scale: ScoreScale) -> Numbers:
    return np.array([scale.meaning(score).same for score in scores.tolist()])


def _shape_and_colour(pairs: Pairs, vectors: Vectors, layout: Layout) -> tuple[Numbers, Numbers]:
    """Return the scores of pairs without colour, and the cosines of their colours, if known."""
    shape, colour = pairs.scores.copy(), np.ones(len(pairs))
    if (weight := layout.weights.get("colour")) is not None:
        for rows, first, second in vectors_of(pairs, vectors):
            colour[rows] = part_cosines(first, second, layout)["colour"]
        shape = (pairs.scores - weight * colour) / (1 - weight)
    return np.clip(shape, 0, 1), colour
