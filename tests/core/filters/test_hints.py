import json

import pytest

from core.filters.hints import hint
from core.filters.parse import parse

ITEMS = [{"price": 12.9, "kind": "dress"}, {"price": "on request", "kind": "hat", "new": True}]


@pytest.mark.parametrize(
    ("filter", "said"),
    [
        ({"kind": "shoe"}, None),
        ({"price": {"lt": 1}}, None),
        ({"price": "free"}, None),
        (
            {"colour": "red"},
            "none of 2 items looked at has the attribute 'colour'; they have: kind, new, price",
        ),
        ({"kind": 5}, "the attribute 'kind' is text in the items, and is compared with a number"),
        (
            {"kind": {"in": [5, True]}},
            "the attribute 'kind' is text in the items, "
            "and is compared with a number or true or false",
        ),
        (
            {"kind": "shoe", "new": "yes"},
            "the attribute 'new' is true or false in the items, and is compared with text",
        ),
    ],
)
def test_a_condition_that_no_item_could_meet_is_said(filter, said):
    assert hint(parse(json.dumps(filter)), ITEMS) == said


def test_without_items_or_conditions_there_is_nothing_to_say():
    assert hint(parse(json.dumps({"colour": "red"})), []) is None
    assert hint(parse(None), ITEMS) is None


def test_of_many_attributes_some_are_named():
    told = hint(parse('{"x": 1}'), [{f"a{n:02}": n for n in range(30)}])
    assert told.endswith("they have: " + ", ".join(f"a{n:02}" for n in range(12)) + ", ...")


def test_items_without_attributes_are_said_to_have_none():
    assert hint(parse('{"x": 1}'), [{}]).endswith("they have none")
