import numpy as np
import pytest

from core.duplicates import DuplicateKind
from core.encoders.images.picture_match import PictureMatch
from core.encoders.recipes.layout import Layout, Part
from core.pipelines.similar.duplicate_kinds import classify
from core.score_scale import ScoreScale
from core.similar.pairs import Pairs

SAME_PICTURE, SAME_PRODUCT, VARIANTS = DuplicateKind
NONE, COPY, RECOLOURED = PictureMatch
LAYOUT = Layout((Part("network", 2, 0.75), Part("colour", 2, 0.25)))
SCALE = ScoreScale(index="i", images=9, scores=(0, 0.9), rarities=(1, 1000), sames=(0, 0.95))


def vector(shape, colour):
    """Return the vector whose parts have these cosines with those of vector(1, 1)."""
    parts = [[cosine, (1 - cosine**2) ** 0.5] for cosine in (shape, colour)]
    return np.sqrt([0.75, 0.75, 0.25, 0.25]) * np.ravel(parts)


def kind_of(shape, colour, match, scale):
    vectors = np.array([vector(1, 1), vector(shape, colour)], dtype=np.float32)
    scores, zero = np.array([0.75 * shape + 0.25 * colour]), np.array([0])
    pairs = Pairs(first=zero, second=np.array([1]), scores=scores, ranks=zero)
    kinds = classify(pairs, np.array([match]), vectors, LAYOUT, scale)
    return [kind for kind, chosen in kinds.items() if chosen[0]]


@pytest.mark.parametrize(
    ("shape", "colour", "match", "kinds"),
    [
        (1.0, 1.0, NONE, [SAME_PICTURE]),  # equal vectors
        (0.5, 1.0, COPY, [SAME_PICTURE]),
        (1.0, 1.0, RECOLOURED, [SAME_PICTURE]),
        (0.5, 0.5, COPY, [VARIANTS]),  # the details are in the background
        (0.5, 1.0, RECOLOURED, [VARIANTS]),
        (0.95, 1.0, RECOLOURED, [VARIANTS]),
        (0.95, 0.95, NONE, [SAME_PRODUCT]),
        (0.95, 0.3, NONE, [VARIANTS]),
        (0.8, 0.95, NONE, []),
        (0.8, 0.3, NONE, []),
    ],
)
def test_each_pair_is_of_one_kind_at_most(shape, colour, match, kinds):
    assert kind_of(shape, colour, match, SCALE) == kinds


@pytest.mark.parametrize(
    ("match", "kinds"), [(NONE, []), (COPY, [SAME_PICTURE]), (RECOLOURED, [VARIANTS])]
)
def test_without_a_scale_of_scores_only_details_count(match, kinds):
    assert kind_of(0.95, 0.95, match, scale=None) == kinds
