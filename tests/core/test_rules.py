import pytest
from pydantic import ValidationError

from core.errors import InvalidInput
from core.rules import Rule, RuleBook, duplicate_ids

FINE = {"id": "coats", "placement": ["lists"], "action": "boost", "filter": {"kind": "coat"}}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": " "}, "at least 1 character"),
        ({"id": "a\nb"}, "printable"),
        ({"id": "x" * 65}, "at most 64 characters"),
        ({"placement": []}, "at least 1 item"),
        ({"placement": ["home"]}, "'lists', 'similar', 'search' or 'basket'"),
        ({"action": "hide"}, "'pin', 'boost', 'bury' or 'exclude'"),
        ({"skus": ["A"]}, "either `filter` or `skus`"),
        ({"filter": None}, "either `filter` or `skus`"),
        ({"filter": {}}, "name every item"),
        ({"filter": None, "skus": []}, "at least 1 item"),
        ({"filter": None, "skus": ["A"] * 101}, "at most 100 items"),
        ({"filter": None, "skus": ["\n"]}, "SKU"),
        ({"action": "pin"}, "requires it"),
        ({"action": "pin", "position": 0}, "greater than or equal to 1"),
        ({"action": "pin", "position": 101}, "less than or equal to 100"),
        ({"position": 1}, "belongs to the action `pin`"),
        ({"action": "exclude", "factor": 2}, "`boost` and `bury`"),
        ({"factor": 1}, "greater than 1"),
        ({"factor": "nan"}, "less than or equal"),
        ({"from": "2026-11-01T00:00:00"}, "timezone"),
        ({"from": "soon"}, "datetime"),
        ({"from": "2026-11-02T00:00:00Z", "until": "2026-11-01T00:00:00Z"}, "later than `from`"),
        ({"note": "x" * 501}, "at most 500 characters"),
        ({"weight": 3}, "Extra inputs"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_the_reason(changes, reason):
    with pytest.raises((ValidationError, InvalidInput), match=reason):
        Rule.model_validate(FINE | changes)


def test_a_rule_is_written_as_it_was_read():
    sent = FINE | {"from": "2026-11-01T00:00:00Z"}
    rule = Rule.model_validate(sent)
    assert rule.model_dump(mode="json", by_alias=True, exclude_defaults=True) == sent


def test_ids_that_occur_twice_are_named():
    rules = [Rule.model_validate(FINE | {"id": id}) for id in ("a", "b", "a")]
    assert duplicate_ids(rules) == ["a"]


def test_a_collection_that_never_had_rules_has_none():
    assert RuleBook.of(None) == RuleBook()
