"""Searches by words in a collection whose recipe was fitted."""

from dataclasses import replace

import numpy as np
import pytest

from core.cache.search_messages import SearchRequest
from core.encoders.class_head import CLASSES, ClassHead
from core.encoders.encoder import unit_rows
from core.encoders.factory import open_text_tower
from core.encoders.images.preprocessing import decode_image
from core.encoders.onnx.description import OnnxDescription, TextDescription
from core.encoders.weights.text_lookup import ResolvedText
from core.errors import InvalidInput, NotInstalled
from core.jobs import JobKind
from core.pipelines.search import Searcher
from core.words import parse
from tests.support.fitting_shop import DESCRIPTION, WEIGHTS, FittingShop
from tests.support.images import jpeg
from tests.support.text_towers import PAD, write_bag_of_words

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


def open_tower(folder):
    text = TextDescription(context=8, padding=PAD)
    onnx = OnnxDescription(side=32, dim=1280, mean=(0, 0, 0), std=(1, 1, 1), text=text)
    paths = folder / "mine.text.onnx", folder / "mine.tokenizer.json"
    return open_text_tower(ResolvedText(onnx, text, *paths, ()), precision="f32", streams=1)


@pytest.fixture
def reading_shop(shop, tmp_path):
    """The shop, whose encoder has a text tower that knows "midi", and no classes."""
    row = np.random.default_rng(6).standard_normal(1280, dtype=np.float32)
    write_bag_of_words(tmp_path, "mine", {"midi": row})
    tower = open_tower(tmp_path)
    shop.services = replace(shop.services, class_head=lambda _: None, text_tower=lambda _: tower)
    return shop


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("red", [("red", "colour")]),
        ("a red  midi skirt", [("red", "colour"), ("a red midi skirt", "words")]),
        ("shirt midi not shirt", [("shirt midi", "words")]),
        ("midi skirt without", [("midi skirt", "words")]),
        ("midi without pleats", [("without pleats", "unknown"), ("midi", "words")]),
        ("red plissee", [("red", "colour"), ("plissee", "unknown")]),
    ],
)
def test_a_text_tower_reads_texts_of_which_colours_do_not_say_all(reading_shop, text, understood):
    response = search(reading_shop, text)
    assert [(words.words, words.kind) for words in response.understood] == understood
    assert response.matches


@pytest.mark.parametrize(("text", "image"), [("red plissee", b""), ("plissee", jpeg(1, side=64))])
def test_a_text_tower_that_cannot_be_opened_is_left_out_of_searches_that_need_no_other_words(
    shop, tmp_path, text, image
):
    shop.services = replace(shop.services, text_tower=lambda _: open_tower(tmp_path))
    searcher = Searcher(shop.services)
    request = SearchRequest(collection="shop", text=text, limit=COUNT)
    response = searcher.find(searcher.embed(request, image))
    assert response.understood[-1].kind == "unknown"
    assert response.matches


def test_words_that_only_a_text_tower_could_know_are_refused_with_what_is_wrong_with_it(
    shop, tmp_path
):
    shop.services = replace(shop.services, text_tower=lambda _: open_tower(tmp_path))
    with pytest.raises(NotInstalled, match=r"mine\.tokenizer\.json cannot be read"):
        search(shop, "plissee")
