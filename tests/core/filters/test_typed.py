"""Values of filters are read by the types of the collection's attributes."""

import pytest

from core.attributes import AttributeType
from core.errors import InvalidInput
from core.filters.typed import parse_typed_filter

TYPES = {
    name: AttributeType(name) for name in ("text", "number", "integer", "boolean", "list", "object")
}
ITEM = {"text": "36", "number": 67.9, "integer": 5, "boolean": True, "list": ["a"], "other": "x"}


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"number": "67,90"}, True),
        ({"number": {"lt": "68"}}, True),
        ({"number": {"in": ["1", 67.9]}}, True),
        ({"integer": {"gt": 4.5}}, True),
        ({"text": 36}, True),
        ({"text": {"ne": 36}}, False),
        ({"text": {"gt": "35"}}, True),
        ({"boolean": "true"}, True),
        ({"boolean": {"ne": "no"}}, True),
        ({"or": [{"number": "67,90"}, {"other": 5}]}, True),
        ({"not": {"number": "67,90"}}, False),
        ({"number": {"not": "67,90"}}, False),
        ({"list": {"contains": ["b", "a"]}}, True),
        ({"list": {"exists": True}, "object": {"exists": False}}, True),
        ({"other": "x"}, True),
        ({"other": 5}, False),
        ({}, True),
    ],
)
def test_a_value_is_compared_as_the_type_of_its_attribute(filter, expected):
    assert parse_typed_filter(filter, TYPES).matches(ITEM) is expected


@pytest.mark.parametrize(
    ("filter", "message"),
    [
        ({"number": "cheap"}, "filter: attribute 'number' has the type number, but 'cheap'"),
        ({"number": {"in": [1, "x"]}}, "'x' is not a number"),
        ({"number": True}, "true is not a number"),
        ({"boolean": "maybe"}, "'maybe' is neither true nor false"),
        ({"boolean": {"lt": "true"}}, "`lt` takes a number or text"),
        ({"text": {"lt": 50}}, "attribute 'text' is text, so `lt` takes text"),
        ({"list": "a"}, "attribute 'list' is a list, which cannot be compared"),
        ({"object": "a"}, "attribute 'object' is an object, which cannot be compared"),
        ({"text": {"contains": "3"}}, "has the type text, but `contains` is for lists"),
        ({"or": [{"list": "a"}]}, "use `contains` or `exists`"),
        ("[1]", "JSON object"),
    ],
)
def test_a_value_that_cannot_be_of_the_type_is_refused(filter, message):
    with pytest.raises(InvalidInput) as error:
        parse_typed_filter(filter, TYPES)
    assert message in error.value.detail
