import numpy as np
import pytest

from core.colours import COLOURS
from core.domain import EncoderIdentity
from core.encoders.catalogue import describe
from core.encoders.class_head import ClassHead, class_head
from core.encoders.encoder import unit_rows
from core.encoders.networks.torch_weights import read_tensors
from core.encoders.recipes.colour import colour_parts
from core.encoders.recipes.fitting import fit
from core.encoders.recipes.layout import Layout, Part, layout_of
from core.encoders.recipes.recipe_encoder import join_parts
from core.encoders.recipes.word_queries import class_query, colour_query, direction_query
from core.encoders.weights.lookup import WeightsLookup

LAYOUT = Layout((Part("network", 32, 0.75), Part("colour", 64, 0.25)))
PAINTS = {
    "black": (15, 15, 15), "white": (250, 250, 250), "red": (200, 20, 30), "green": (20, 130, 40),
    "blue": (30, 60, 190), "yellow": (240, 220, 40), "pink": (245, 150, 190),
    "orange": (245, 130, 20), "brown": (110, 70, 40), "purple": (110, 40, 140),
    "grey": (130, 130, 130),
}  # fmt: skip


@pytest.fixture(scope="module")
def head():
    rows = np.random.default_rng(1).normal(size=(1000, 32)).astype(np.float32)
    return ClassHead(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.fixture(scope="module")
def painted():
    """The vectors of products of the basic colours, by name; their first part is zero."""
    images = np.full((len(PAINTS), 64, 64, 3), 255, dtype=np.uint8)
    images[:, :, :, 1] = 200  # a border that is none of the colours
    for image, paint in zip(images, PAINTS.values(), strict=True):
        image[12:52, 12:52] = paint
    parts = colour_parts(images) * 0.25**0.5
    return dict(zip(PAINTS, np.hstack([np.zeros((len(parts), 32)), parts]), strict=True))


def test_the_evidence_for_a_class_is_greatest_where_its_direction_is(head):
    query = class_query(head, [7], LAYOUT)
    stored = np.hstack([head.rows, np.zeros((1000, 64))]) * 0.75**0.5
    evidence = stored @ query
    assert evidence.argmax() == 7
    assert evidence[7] == pytest.approx(1.5)  # no image is as close to its class


def test_classes_that_differ_get_on_average_as_much_evidence_as_a_single_class(head):
    query = class_query(head, [1, 2, 3], LAYOUT)
    stored = np.hstack([head.rows[1:4], np.zeros((3, 64))]) * 0.75**0.5
    assert (stored @ query).mean() == pytest.approx(1.5)


def test_with_fitted_statistics_evidence_grows_with_that_of_the_unfitted_part(head):
    parts = head.rows[:300]
    statistics = fit({"network": parts}, {"network": 16})
    fitted = statistics.apply({"network": parts})["network"]
    layout = Layout((Part("network", 16, 1.0),))
    evidence = fitted @ class_query(head, [3], layout, statistics)
    plain = class_query(head, [3], Layout((Part("network", 32, 1.0),)))
    assert np.corrcoef(evidence, parts @ plain)[0, 1] > 0.6
    assert evidence.argmax() == 3


@pytest.mark.parametrize("name", PAINTS)
def test_of_products_of_each_colour_the_right_one_has_the_most_evidence(painted, name):
    samples = next(colour.samples for colour in COLOURS if colour.name == name)
    query = colour_query(samples, name, LAYOUT)
    evidence = {paint: float(vector @ query) for paint, vector in painted.items()}
    assert max(evidence, key=evidence.get) == name


def test_vectors_without_colour_give_no_evidence_for_colours():
    layout = layout_of(EncoderIdentity("any", 8, recipe="network-1"))
    assert colour_query([(50, 60, 40)], "red", layout) is None


def test_the_classes_of_a_packaged_network_are_those_of_its_classifier(tmp_path):
    weights = WeightsLookup(tmp_path, {}).require(describe("efficientnet-lite0"))
    rows = read_tensors(weights.path)["_fc.weight"]
    centred = rows[610] - rows.mean(axis=0)
    direction = class_head(weights).middle([610])
    assert direction == pytest.approx(centred / np.linalg.norm(centred), abs=1e-5)


@pytest.mark.parametrize("recipe", ["network-1", "parts-1", "fitted-1"])
def test_a_text_is_compared_with_what_the_recipe_keeps_of_the_network(recipe):
    random = np.random.default_rng(5)
    rows = unit_rows(random.normal(size=(40, 768)).astype(np.float32) + 1)
    colours = unit_rows(random.random((40, 64), np.float32))
    text = random.normal(size=768).astype(np.float32)
    layout = layout_of(describe("marqo-fashionsiglip").identity("a" * 64, recipe))
    statistics = fit({"network": rows}, {"network": 256}) if recipe == "fitted-1" else None
    parts = {"network": rows, "colour": colours}
    stored = join_parts(statistics.apply(parts) if statistics else parts, layout)
    network, direction = rows.astype(float), 1.5 * text.astype(float) / (text @ text)
    if statistics:
        basis = statistics.parts["network"].basis.astype(float)
        network = (network - network.mean(axis=0)) @ basis
        network /= np.linalg.norm(network, axis=1, keepdims=True)
        direction = basis.T @ direction
    evidence = stored @ direction_query(text, layout, statistics)
    assert evidence == pytest.approx(network @ direction, abs=1e-6)
