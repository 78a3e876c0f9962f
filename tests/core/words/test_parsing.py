import pytest

from core.domain import SEEN_COLOUR
from core.words import parse, words_of
from core.words.stems import stems
from core.words.vocabulary import vocabulary

# text -> the concepts and other words in it
TEXTS = {
    "red t-shirt": ["red", "T-shirt"],
    "Red Tee Shirts": ["red", "T-shirt"],
    "tshirts in blue": ["T-shirt", "blue"],
    "blaues T-Shirt": ["blue", "T-shirt"],
    "grüner Rucksack": ["green", "backpack"],
    "weißer Hut": ["white", "hat"],
    "schwarze Röcke": ["black", "skirt"],
    "Damenschuhe": ["shoe"],
    "dunkelblaues Sommerkleid": ["navy", "dress"],
    "t-shirt rouge": ["T-shirt", "red"],
    "robes bleues": ["dress", "blue"],
    "sac à dos noir": ["backpack", "black"],
    "une robe bleu marine": ["dress", "navy"],
    "baskets blanches femme": ["sneaker", "white"],
    "scarpe rosse": ["shoe", "red"],
    "camicia bianca": ["shirt", "white"],
    "camisetas rojas": ["T-shirt", "red"],
    "pantalón gris": ["pants", "grey"],
    "dark blue jeans": ["navy", "jeans"],
    "running shoes": ["sneaker"],
    "watches": ["watch"],
    "Hose kurz": ["shorts"],
    "kurze Hosen": ["shorts"],
    "kurze schwarze Hosen": ["shorts", "black"],
    "Sporthosen in Roten": ["pants", "red"],
    "pantalon court": ["shorts"],
    "pantalons noirs courts": ["shorts", "black"],
    "black short pants": ["black", "shorts"],
    "t-shirt rouge à manches longues": ["longsleeve", "red"],
    "lilafarbenes Langarm-T-Shirt": ["purple", "longsleeve"],
    "silberne Uhr mit goldenen Steinen": ["silver", "watch", "gold", ("stein",)],
    "long sleeved shirts": ["longsleeve"],
    "Stiefeln mit Uhren": ["boot", "watch"],
    "dress, white shirt": ["dress", "white", "shirt"],
    "acme dresses": [("acme",), "dress"],
    "türkise Polohemden": ["turquoise", "T-shirt"],
    "Marc O'Polo": [("marc",), ("polo",)],
    "türkisfarbenes Kleid": ["turquoise", "dress"],
    "schwarzweißes Kleid": ["black", "white", "dress"],
    "pantacourt": ["shorts"],
    "red high heels": ["red", "shoe"],
    "falda castaña": ["skirt", "brown"],
    "shipping address": [("shipping",), ("address",)],
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_parsed_into_concepts_and_other_words(text):
    names = [phrase.concept.name if phrase.concept else phrase.stems for phrase in parse(text)]
    assert names == TEXTS[text]


GERMAN_COLOURS = (
    "schwarz weiß grau rot gelb grün blau braun violett pink türkis beige dunkelblau hellblau "
    "marineblau olivgrün mintgrün weinrot hellbraun anthrazit"
)
INVARIABLE = (
    "rosa lila orange khaki creme camel petrol bordeaux fuchsia mint lachs silber gold senf"
)
ENDINGS = ("e", "es", "er", "em", "en")


@pytest.mark.parametrize(
    ("colour", "endings"),
    [(c, ENDINGS) for c in GERMAN_COLOURS.split()] + [(c, ()) for c in INVARIABLE.split()],
)
def test_german_colours_are_known_in_all_their_forms(colour, endings):
    [named] = parse(colour)
    assert named.concept
    compounds = [colour + part + end for part in ("farben", "farbig") for end in ("", *ENDINGS)]
    forms = [*compounds, *(colour.removesuffix("e") + end for end in endings)]
    assert [form for form in forms if [p.concept for p in parse(form)] != [named.concept]] == []


def test_words_are_returned_as_they_were_sent():
    words = [phrase.words for phrase in parse("Dunkelblaues T-Shirt von Acme")]
    assert words == ["Dunkelblaues", "T-Shirt", "Acme"]


def test_a_word_after_a_negation_is_marked():
    shirt, stripes, red = parse("shirt without stripes, not red")
    assert (shirt.is_negated, stripes.is_negated, red.is_negated) == (False, True, True)
    assert stripes.words == "without stripes"


def test_a_concept_that_is_named_twice_counts_once():
    assert len(parse("rot red rouge rojo")) == 1


@pytest.mark.parametrize("text", ["", "  ", "-", "the", "?!"])
def test_a_text_without_words_has_no_phrases(text):
    assert parse(text) == []


def test_a_sandal_is_indexed_as_a_shoe_too():
    assert words_of({"kind": "Sandals"}) == {"sandal", "=sandal", "=shoe", "=clothes"}


def test_an_item_is_indexed_by_all_its_texts_and_not_by_numbers():
    item = {"name": "Blaue Jeans", "tags": ["slim", "501"], "price": 59, "more": {"a": "x"}}
    stems_of_texts = {"blau", "jean", "slim", "501", "x"}
    assert words_of(item) == stems_of_texts | {"=blue", "=jeans", "=pants", "=clothes"}


def test_long_texts_are_indexed_by_their_beginning():
    assert words_of({"description": "wool " * 60 + "silk"}) == {"wool"}


@pytest.mark.parametrize(
    ("word", "other"),
    [("dress", "dresses"), ("Schuh", "SCHUHS"), ("rosso", "rosse"), ("t-shirt", "T Shirts"),
     ("écharpe", "echarpes"), ("weiß", "weiss"), ("baby", "babies"), ("camisa", "camisas")],
)  # fmt: skip
def test_forms_of_a_word_have_the_same_stems(word, other):
    assert stems(word) == stems(other)


@pytest.mark.parametrize(("word", "other"), [("cap", "cape"), ("red", "ready"), ("bag", "badge")])
def test_different_words_have_different_stems(word, other):
    assert stems(word) != stems(other)


def test_each_colour_has_samples_and_each_class_a_place_among_the_thousand():
    for concept in set(vocabulary().phrases.values()):
        assert concept.lab if concept.kind == "colour" else not concept.lab
        assert all(0 <= number < 1000 for number in concept.classes)
        assert SEEN_COLOUR not in concept.keys
