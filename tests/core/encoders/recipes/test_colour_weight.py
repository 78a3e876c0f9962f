"""The weight of colour that a fit chooses, compared with a search over pairs of images."""

from dataclasses import replace

import numpy as np
import pytest

from core.encoders.catalogue import describe
from core.encoders.encoder import unit_rows
from core.encoders.recipes.colour import colour_parts, mean_colours, to_lab
from core.encoders.recipes.colour_weight import CHOICES, choose_colour_weight
from core.encoders.recipes.fitting import fit
from core.encoders.recipes.layout import layout_of

FITTED = describe("resnet50").identity("", "fitted-1")  # without a middle layer
DIM = 4


def make_features(images: int, spread: float):
    """Parts of images of 6 shapes in random colours; `spread` says how far shapes vary."""
    random = np.random.default_rng(3)
    shapes = random.standard_normal((6, 20))[random.integers(0, 6, images)]
    shapes += spread * random.standard_normal(shapes.shape)
    plain = np.ones((images, 8, 8, 3)) * random.integers(0, 256, (images, 1, 1, 3))
    return {
        "network": unit_rows(shapes.astype(np.float32)),
        "colour": colour_parts(plain.astype(np.uint8)),
    }


def choose(features):
    return choose_colour_weight(features, fit(features, {"network": DIM}), FITTED)


def mean_distance(cosines, colours):
    """The mean distance in colour of each image to the ten others with the highest cosines."""
    distances = []
    for image, row in enumerate(cosines):
        others = [n for n in sorted(range(len(row)), key=lambda n: -row[n]) if n != image][:10]
        distances += [np.linalg.norm(colours[n] - colours[image]) for n in others]
    return np.mean(distances)


@pytest.mark.parametrize(
    ("images", "spread", "expected"), [(150, 0.5, 0.22), (150, 1.5, 0.26), (70, 1.0, 0.32)]
)
def test_the_least_weight_is_chosen_that_brings_colours_close_enough(images, spread, expected):
    features = make_features(images, spread)
    fitted = fit(features, {"network": DIM}).apply(features)["network"]
    colours = mean_colours(features["colour"])
    shape, colour = fitted @ fitted.T, features["colour"] @ features["colour"].T
    before = mean_distance(features["network"] @ features["network"].T, colours)
    enough = [
        weight for weight in CHOICES
        if mean_distance((1 - weight) * shape + weight * colour, colours) <= 0.78 * before
    ]  # fmt: skip
    assert choose(features) == expected == min(enough, default=CHOICES[-1])


def test_few_images_and_images_of_one_colour_get_the_usual_weight():
    assert choose(make_features(63, spread=0)) == CHOICES[0]
    features = make_features(80, spread=0)
    features["colour"][:] = features["colour"][0]
    assert choose(features) == CHOICES[0] == layout_of(FITTED).weights["colour"]


def test_a_chosen_weight_leaves_the_rest_to_the_network():
    weights = layout_of(replace(FITTED, colour_weight=0.3)).weights
    assert weights == {"network": pytest.approx(0.7), "colour": 0.3}


def test_mean_colours_are_about_those_of_the_pixels():
    colours = np.array([[150, 70, 60], [60, 120, 70], [128, 128, 128]], dtype=np.uint8)
    images = np.broadcast_to(colours[:, np.newaxis, np.newaxis], (3, 8, 8, 3))
    errors = np.linalg.norm(mean_colours(colour_parts(images)) - to_lab(colours), axis=1)
    assert errors.max() < 8
