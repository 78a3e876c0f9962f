"""Types of attributes are learned once, and every value is read by them or refused."""

import pytest

from core.attributes import (
    MAX_ATTRIBUTES,
    AttributeType,
    Cell,
    extend_types,
    read_attributes,
    read_value,
)
from core.errors import InvalidInput


def cells(*texts):
    """The cells of a column."""
    return [Cell(text) for text in texts]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (cells("49", "49.90"), "number"),
        (cells("49,90", "-5"), "number"),
        (cells("1 299,00", "1.299"), "number"),
        (cells("1", "2", "3", "n/a"), "number"),
        (cells("1", "2", "n/a"), "text"),
        (cells("36", "38", "M"), "text"),
        (cells("01067", "20095", "80331"), "text"),  # postcodes
        (cells("4006381333931000", "5"), "text"),  # too long for a number
        (cells("0", "0.5"), "number"),
        (cells("TRUE", "false"), "boolean"),
        (cells("yes", "no"), "text"),
        (cells("red"), "text"),
        ([5, 4.5], "number"),
        (["5", "6"], "text"),  # JSON tells texts from numbers
        ([True, False], "boolean"),
        ([["a"], "b"], "list"),
        ([{"a": 1}], "object"),
        ([None, 5], "number"),
    ],
)
def test_the_type_of_a_new_attribute_is_that_of_most_of_its_values(values, expected):
    assert extend_types({}, {"x": values}) == {"x": expected}


def test_known_types_stay_and_attributes_without_values_get_none():
    types = {"price": AttributeType.NUMBER}
    assert extend_types(types, {"price": ["soon"], "age": [None], "size": []}) == types


@pytest.mark.parametrize(
    ("type", "value", "expected"),
    [
        ("number", "67,90", 67.9),
        ("number", " 5 ", 5),
        ("number", "1.234", 1.234),
        ("number", 5, 5),
        ("integer", "5,0", 5),
        ("integer", 5.0, 5),
        ("text", 36, "36"),
        ("text", 36.0, "36"),
        ("text", 4.5, "4.5"),
        ("text", True, "true"),
        ("text", "007", "007"),
        ("boolean", "TRUE", True),
        ("boolean", "no", False),
        ("boolean", 1, True),
        ("list", "red | blue", ["red", "blue"]),
        ("list", '["red|blue"]', ["red|blue"]),
        ("list", ["a", 5], ["a", 5]),
        ("object", '{"a": 1}', {"a": 1}),
    ],
)
def test_a_value_is_read_by_its_type(type, value, expected):
    read = read_value("x", value, AttributeType(type))
    assert read == expected
    assert read.__class__ is expected.__class__


@pytest.mark.parametrize(
    ("type", "value", "reason"),
    [
        ("number", "n/a", "'n/a' is not a number"),
        ("number", "", "'' is not a number"),
        ("number", "007", "'007' is not a number"),
        ("number", "1,234", "'1,234' may mean 1234 or 1.234"),
        ("number", "1e5", "'1e5' is not a number"),
        ("number", True, "true is not a number"),
        ("number", [5], "[5] is not a number"),
        ("integer", "3.5", "'3.5' is not an integer"),
        ("integer", float("inf"), "Infinity is not an integer"),
        ("boolean", "maybe", "'maybe' is neither true nor false"),
        ("boolean", 2, "2 is neither true nor false"),
        ("text", ["a"], '["a"] is not text'),
        ("list", 5, "5 is not a list"),
        ("list", "[1", "'[1' is not a list"),
        ("object", "[1]", "'[1]' is not an object"),
        ("text", {"a": "x" * 200}, "... is not text"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_reason(type, value, reason):
    with pytest.raises(InvalidInput) as error:
        read_value("price", value, AttributeType(type))
    assert f"attribute 'price' has the type {type}, but " in error.value.detail
    assert reason in error.value.detail
    assert len(error.value.detail) < 300


def test_null_has_no_type():
    assert read_attributes({"price": None}, {}) == {"price": None}


def test_attributes_beyond_the_limit_are_refused():
    types = extend_types({}, {f"a{n}": [1] for n in range(MAX_ATTRIBUTES + 1)})
    assert len(types) == MAX_ATTRIBUTES
    with pytest.raises(InvalidInput, match="already has 2,000 attributes"):
        read_attributes({f"a{MAX_ATTRIBUTES}": 1}, types)
