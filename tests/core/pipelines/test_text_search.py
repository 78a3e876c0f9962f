"""Searches by words in a collection whose recipe was fitted."""

from dataclasses import replace

import numpy as np
import pytest

from core.cache.search_messages import SearchRequest
from core.encoders.class_head import CLASSES, ClassHead
from core.encoders.encoder import unit_rows
from core.encoders.images.preprocessing import decode_image
from core.errors import InvalidInput
from core.jobs import JobKind
from core.pipelines.search import Searcher
from core.words import parse
from tests.support.fitting_shop import DESCRIPTION, WEIGHTS, FittingShop
from tests.support.images import jpeg

COUNT = 12


@pytest.fixture(scope="module")
def head():
    rows = np.random.default_rng(2).standard_normal((CLASSES, 1280), dtype=np.float32)
    return ClassHead(unit_rows(rows))


@pytest.fixture
def shop(services, head):
    shop = FittingShop(services)
    shop.services = replace(shop.services, class_head=lambda _: head)
    shop.services.item_cache.go_live_empty("shop")
    shop.add(range(COUNT))
    shop.run(JobKind.REBUILD, recipe="fitted-1")
    assert shop.collection.encoder.recipe == "fitted-1"
    return shop


def search(shop, text):
    searcher = Searcher(shop.services)
    request = SearchRequest(collection="shop", text=text, limit=COUNT)
    return searcher.find(searcher.embed(request, b""))


def test_kinds_of_goods_are_found_by_what_fitting_leaves_of_the_classes(shop, head):
    """A fit to few images keeps all of their directions, so it only subtracts their mean."""
    encoder = shop.open_encoder(DESCRIPTION.identity(WEIGHTS, "parts-1"))
    decoded = [
        decode_image(jpeg(number, side=64), side=encoder.side, max_megapixels=1).pixels
        for number in range(COUNT)
    ]
    network = encoder.features(np.stack(decoded))["network"]
    centred = unit_rows(network - network.mean(axis=0))
    evidence = 1.5 * centred @ head.middle(parse("t-shirt")[0].concept.classes)
    scores = {match.sku: match.score for match in search(shop, "T-Shirts").matches}
    expected = {str(place): value for place, value in enumerate(evidence) if value > 1e-4}
    assert len(expected) > 2
    assert scores == pytest.approx(expected, abs=1e-4)


def test_colours_are_found_as_in_a_collection_that_was_not_fitted(shop):
    fitted = search(shop, "red")
    shop.run(JobKind.REBUILD, recipe="parts-1")
    plain = search(shop, "red")
    assert [match.sku for match in fitted.matches] == [match.sku for match in plain.matches] != []
    scores = [match.score for match in plain.matches]
    assert [match.score for match in fitted.matches] == pytest.approx(scores, abs=1e-5)
    assert fitted.understood[0].sources == ("picture",)


def test_a_text_that_only_says_what_to_leave_out_is_refused(shop):
    with pytest.raises(InvalidInput, match="'not red' only says what to leave out"):
        search(shop, "not red")


def test_a_weight_of_the_images_colours_beside_a_colour_to_find_is_refused(shop):
    request = SearchRequest(collection="shop", text="in blue xyzzy", colour=0.5)
    with pytest.raises(InvalidInput, match=r"names the colour to find \(blue\); leave out one"):
        Searcher(shop.services).embed(request, jpeg(1, side=64))


def test_kinds_without_a_class_of_their_own_name_those_that_stand_for_them(shop):
    understood = search(shop, "red Skirt T-shirt").understood
    assert [words.seen_as for words in understood] == [
        (),
        ("miniskirt", "overskirt", "hoopskirt", "sarong"),
        (),
    ]
