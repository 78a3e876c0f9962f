import json

import pytest

from core.filters.hints import explain_no_matches
from core.filters.parse import parse_filter

ITEMS = [
    {"price": 12.9, "kind": "dress", "sizes": ["36", "38"]},
    {"price": "on request", "kind": "hat", "new": True},
]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"kind": "shoe"}, None),
        ({"price": {"lt": 1}}, None),
        ({"price": "free"}, None),
        (
            {"colour": "red"},
            "none of the 2 items checked has the attribute 'colour'; "
            "the items have: kind, new, price, sizes",
        ),
        (
            {"kind": 5},
            "the attribute 'kind' is text in the items, but the filter compares it with a number",
        ),
        (
            {"kind": {"in": [5, True]}},
            "the attribute 'kind' is text in the items, "
            "but the filter compares it with a number or true or false",
        ),
        (
            {"kind": "shoe", "new": "yes"},
            "the attribute 'new' is true or false in the items, "
            "but the filter compares it with text",
        ),
        (
            {"or": [{"kind": 5}, {"kind": 6}]},
            "the attribute 'kind' is text in the items, but the filter compares it with a number",
        ),
        ({"or": [{"kind": 5}, {"kind": "hat"}]}, None),
        ({"kind": {"not": 5}}, None),
        ({"colour": {"exists": False}}, None),
        ({"kind": {"exists": True}}, None),
        (
            {"kind": {"contains": "hat"}},
            "the attribute 'kind' is not a list in the items, so `contains` never holds",
        ),
        (
            {"sizes": {"contains": 36}},
            "the attribute 'sizes' is a list of text in the items, "
            "but the filter compares it with a number",
        ),
        (
            {"sizes": "36"},
            "the attribute 'sizes' is a list in the items; use `contains` or `exists`",
        ),
    ],
)
def test_a_condition_that_no_item_could_meet_is_explained(filter, expected):
    assert explain_no_matches(parse_filter(json.dumps(filter)), ITEMS) == expected


def test_without_items_or_conditions_there_is_no_hint():
    assert explain_no_matches(parse_filter(json.dumps({"colour": "red"})), []) is None
    assert explain_no_matches(parse_filter(None), ITEMS) is None


def test_only_the_first_of_many_attribute_names_are_listed():
    hint = explain_no_matches(parse_filter('{"x": 1}'), [{f"a{n:02}": n for n in range(30)}])
    assert hint.endswith("the items have: " + ", ".join(f"a{n:02}" for n in range(12)) + ", ...")


def test_items_without_attributes_are_reported_to_have_none():
    assert explain_no_matches(parse_filter('{"x": 1}'), [{}]).endswith(
        "the items have no attributes"
    )
