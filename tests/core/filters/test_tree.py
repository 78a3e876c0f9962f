"""Filters with `or`, `and`, `not`, `exists` and `contains`."""

import json

import pytest
from hypothesis import example, given

from core.errors import InvalidInput
from core.filters.parse import MAX_DEPTH, parse_filter
from tests.support.random_filters import ATTRIBUTES, FILTERS, passes

DRESS = {"category": "dress", "price": 40, "tags": ["new", 5, True, None, ["x"]], "size": {"l": 1}}

TABLE = [
    ({"or": [{"category": "hat"}, {"price": {"lt": 50}}]}, True),
    ({"or": [{"category": "hat"}, {"price": {"gt": 50}}]}, False),
    ({"or": [{"category": "hat"}, {"price": 40}], "category": {"not": "dress"}}, False),
    ({"and": [{"price": {"gt": 39}}, {"price": {"lt": 41}}]}, True),
    ({"not": {"category": "dress", "price": 41}}, True),
    ({"not": {"category": "dress", "price": 40}}, False),
    ({"not": {"or": [{"category": "hat"}, {"price": 1}]}}, True),
    ({"colour": {"not": {"eq": "red"}}}, True),
    ({"colour": {"ne": "red"}}, False),
    ({"colour": {"not": "red"}}, True),
    ({"price": {"not": {"gte": 30, "lt": 50}}}, False),
    ({"price": {"not": {"not": 40}}}, True),
    ({"price": {"gt": 1, "not": {"in": [39, 40]}}}, False),
    ({"colour": {"exists": False}}, True),
    ({"colour": {"exists": True}}, False),
    ({"size": {"exists": True}}, True),
    ({"tags": {"exists": True}}, True),
    ({"tags": {"contains": "new"}}, True),
    ({"tags": {"contains": "ne"}}, False),
    ({"tags": {"contains": 5.0}}, True),
    ({"tags": {"contains": 1}}, False),
    ({"tags": {"contains": True}}, True),
    ({"tags": {"contains": ["old", "new"]}}, True),
    ({"tags": {"contains": ["old", "x"]}}, False),
    ({"category": {"contains": "dress"}}, False),
    ({"and": [{"tags": {"contains": "new"}}, {"tags": {"contains": 5}}]}, True),
]


@pytest.mark.parametrize(("filter", "expected"), TABLE)
def test_combined_filters_match_items_as_specified(filter, expected):
    assert passes(filter, DRESS) is expected
    assert parse_filter(filter).matches(DRESS) is expected
    assert parse_filter(json.dumps(filter)).matches(DRESS) is expected


@given(where=FILTERS, attributes=ATTRIBUTES)
@example(where={"or": [{"p": {"contains": 1}}]}, attributes={"p": [True]})
def test_filters_match_what_their_description_says(where, attributes):
    assert parse_filter(json.dumps(where)).matches(attributes) is passes(where, attributes)


@pytest.mark.parametrize(
    ("written", "name"), [(r"\or", "or"), (r"\and", "and"), (r"\\not", r"\not"), (r"\x", r"\x")]
)
def test_a_backslash_makes_an_attribute_of_a_combining_word(written, name):
    assert parse_filter({written: 5}).matches({name: 5})
    assert not parse_filter({written: 5}).matches({name: 4})


def nested(depth):
    return {"a": 1} if depth == 0 else {"not": nested(depth - 1)}


@pytest.mark.parametrize(
    ("filter", "message"),
    [
        ({"or": "red"}, r'for an attribute of this name, write "\\or"'),
        ({"or": {"a": 1}}, "`or` takes a list of filters"),
        ({"and": []}, "`and` takes a list of filters"),
        ({"or": [{"a": 1}, 5]}, "`or` combines filters, which are objects"),
        ({"or": [{"a": 1}, {}]}, "a filter in `or` is empty"),
        ({"not": [{"a": 1}]}, "`not` combines filters, which are objects"),
        ({"not": {}}, "a filter in `not` is empty"),
        ({"a": {"not": {}}}, "attribute 'a': the object is empty"),
        ({"a": {"not": [1]}}, "`or` and `and` combine filters"),
        ({"a": {"exists": "yes"}}, "`exists` takes true or false"),
        ({"a": {"exists": 1}}, "`exists` takes true or false"),
        ({"a": {"contains": []}}, "`contains` takes a list of 1 to 100 values"),
        ({"a": {"contains": {"b": 1}}}, "compare it with text"),
        ({"a": {"contains": [["b"]]}}, "to compare it with a list"),
        ({"$or": [{"a": 1}]}, "`or` and `and` combine filters"),
        ({"or": [{f"a{n}": 1} for n in range(33)]}, "33 conditions are too many"),
        (nested(MAX_DEPTH + 1), "use at most 8 levels"),
        (nested(5_00), "use at most 8 levels"),
    ],
)
def test_an_invalid_combination_is_refused_with_the_reason(filter, message):
    with pytest.raises(InvalidInput) as error:
        parse_filter(filter)
    assert message in error.value.detail


def test_filters_may_be_nested_to_the_limit():
    assert parse_filter(nested(MAX_DEPTH)).matches({"a": 1})


def test_the_attributes_that_items_may_lack_are_known():
    where = {
        "a": 1, "b": {"not": 1}, "c": {"exists": False}, "not": {"d": {"exists": True}, "e": 1},
        "or": [{"f": {"not": {"not": 1}}}, {"g": {"not": {"exists": False}}}],
    }  # fmt: skip
    assert parse_filter(where).matched_without == {"b", "c", "d", "e"}
