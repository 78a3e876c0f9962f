"""Merchandising rules against a table of all combinations, and against brute force."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.filters.parse import parse_filter
from core.rules import Action, Placement, Rule, RuleBook, RulesVersion
from core.serving.rules import rules_for
from core.serving.select import Candidate, Card, Selected, ServingOptions, select

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
COLOURS = {"A": "red", "B": "blue", "C": "red", "D": "green", "E": "blue", "F": "red"}


def card_of(sku):
    return Card({"colour": COLOURS[sku]}) if sku in COLOURS else None


def book(*rules):
    return RuleBook.of(RulesVersion(version=1, created_at=NOW, rules=rules))


def apply(skus, rules, placement=Placement.LISTS, now=NOW, limit=10, **conditions):
    """The order of these items under some rules."""
    active = book(*rules).active(placement, now)
    candidates, pinned = ([Candidate(sku, 0) for sku in row] for row in (skus, active.pinned_skus))
    options = ServingOptions(limit, rules=active, **conditions)
    return "".join(item.sku for item in select(candidates, card_of, options, pinned))


EFFECTS = {  # on the candidates ABCDEF, for the blue items B and E, and for the SKUs D and B
    (Action.PIN, "filter"): "BACDEF",
    (Action.PIN, "skus"): "DBACEF",
    (Action.BOOST, "filter"): "ABECDF",  # 2 / 2 = 1, 5 / 2 = 2.5
    (Action.BOOST, "skus"): "ABDCEF",  # 2 / 2 = 1, 4 / 2 = 2
    (Action.BURY, "filter"): "ACBDFE",  # 2 x 2 = 4, 5 x 2 = 10
    (Action.BURY, "skus"): "ACBEFD",  # 2 x 2 = 4, 4 x 2 = 8
    (Action.EXCLUDE, "filter"): "ACDF",
    (Action.EXCLUDE, "skus"): "ACEF",
}
DATES = {
    (None, None): True,
    (NOW, None): True,
    (None, NOW): False,
    (NOW + timedelta(seconds=1), None): False,
    (NOW - timedelta(days=1), NOW + timedelta(days=1)): True,
    (NOW - timedelta(days=2), NOW - timedelta(days=1)): False,
}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("names", ["filter", "skus"])
@pytest.mark.parametrize("placement", Placement)
@pytest.mark.parametrize("dates", DATES)
def test_a_rule_applies_where_and_when_it_says(action, names, placement, dates):
    items = {"filter": {"colour": "blue"}} if names == "filter" else {"skus": ["D", "B"]}
    position = {"position": 1} if action is Action.PIN else {}
    rule = Rule.model_validate(
        {"id": "r", "placement": [placement], "action": action, "from": dates[0],
         "until": dates[1], **items, **position}
    )  # fmt: skip
    for other in Placement:
        applies = other is placement and DATES[dates]
        expected = EFFECTS[action, names] if applies else "ABCDEF"
        assert apply("ABCDEF", [rule], other) == expected


def rule(action, id="r", **fields):
    return Rule(id=id, placement=tuple(Placement), action=action, **fields)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule("pin", skus=["F"], position=3)], "ABFCDE"),
        ([rule("pin", skus=["F"], position=50)], "ABCDEF"),
        ([rule("pin", skus=["A"], position=50)], "BCDEFA"),
        ([rule("pin", skus=["E", "F"], position=2)], "AEFBCD"),
        ([rule("pin", skus=["F"], position=1), rule("pin", skus=["E"], position=1)], "FEABCD"),
        ([rule("pin", skus=["F"], position=1), rule("pin", skus=["F"], position=3)], "FABCDE"),
        ([rule("pin", skus=["X"], position=1)], "ABCDEF"),
        ([rule("pin", skus=["B"], position=1), rule("exclude", skus=["A"])], "BCDEF"),
        ([rule("boost", skus=["F"], factor=100)], "FABCDE"),
        ([rule("boost", skus=["F"]), rule("boost", skus=["F"], factor=3)], "AFBCDE"),
        ([rule("boost", skus=["F"]), rule("bury", skus=["F"])], "ABCDEF"),
    ],
)
def test_rules_work_together_as_documented(rules, expected):
    assert apply("ABCDEF", rules) == expected


def test_a_pin_brings_in_an_item_that_is_no_candidate_unless_it_cannot_be_shown():
    assert apply("ABC", [rule("pin", skus=["X", "F"], position=2)]) == "AFBC"


def test_a_filter_without_a_matching_candidate_pins_nothing():
    assert apply("ACF", [rule("pin", filter={"colour": "blue"}, position=1)]) == "ACF"


def test_items_tell_which_rules_named_them():
    rules = [rule("boost", "blue", filter={"colour": "blue"}), rule("bury", "two", skus=["A", "B"])]
    active = book(*rules).active(Placement.LISTS, NOW)
    selected = {sku: Selected(Candidate(sku, 0), card_of(sku)) for sku in "BC"}
    assert rules_for(selected["B"], active) == ["blue", "two"]
    assert rules_for(selected["C"], active) == []


def test_a_request_s_own_conditions_hold_for_pinned_items_too():
    pins = [rule("pin", skus=["F", "E"], position=1)]
    assert apply("ABC", pins) == "FEABC"
    assert apply("ABC", pins, exclude=frozenset({"F"})) == "EABC"
    assert apply("ABC", pins, filter=parse_filter({"colour": "blue"})) == "EB"
    assert apply("ABC", pins, limit=3) == "FEA"
    assert apply("ABC", [*pins, rule("exclude", "x", filter={"colour": "red"})]) == "EB"


skus = st.lists(st.sampled_from("ABCDEF"), min_size=1, max_size=3, unique=True)
targets = st.one_of(
    skus.map(lambda skus: {"skus": skus}),
    st.sampled_from(["red", "blue", "green"]).map(lambda value: {"filter": {"colour": value}}),
)
rules = st.lists(
    st.builds(
        lambda action, target, number: rule(
            action,
            **target,
            **({"position": number} if action == "pin" else {}),
            **({"factor": number + 1} if action in {"boost", "bury"} else {}),
        ),
        st.sampled_from(["pin", "boost", "bury", "exclude"]),
        targets,
        st.integers(1, 5),
    ),
    max_size=5,
)


def names(rule, sku):
    return sku in rule.skus if rule.skus else rule.filter["colour"] == COLOURS[sku]


def pinned_places(order, banned, rules):
    places = {}
    for rule in rules:
        if rule.action != "pin":
            continue
        free = [sku for sku in (rule.skus or order) if sku not in {*places.values(), *banned}]
        chosen = free if rule.skus else [sku for sku in free if names(rule, sku)][:1]
        for sku in chosen:
            place = rule.position
            while place in places:
                place += 1
            places[place] = sku
    return places


def brute_force(candidates, rules):
    """Rules as the guide words them, without the code's shortcuts."""
    banned = {sku for sku in COLOURS for rule in rules if rule.action == "exclude"
              and names(rule, sku)}  # fmt: skip
    allowed = [sku for sku in candidates if sku not in banned]
    weights = []
    for place, sku in enumerate(allowed):
        weight = place + 1.0
        for rule in rules:
            if rule.action in {"boost", "bury"} and names(rule, sku):
                weight = weight * rule.factor if rule.action == "bury" else weight / rule.factor
        weights.append((round(weight, 9), place, sku))
    order = [sku for *_, sku in sorted(weights)]
    places = pinned_places(order, banned, rules)
    rest = [sku for sku in order if sku not in places.values()]
    result, place = [], 1
    while rest:
        result.append(places.pop(place) if place in places else rest.pop(0))
        place += 1
    return "".join(result + [places[place] for place in sorted(places)])


@given(st.permutations("ABCDEF"), rules)
def test_the_order_is_that_of_brute_force(candidates, rules):
    assert apply(candidates, rules) == brute_force(candidates, rules)


def test_every_combination_of_two_actions_is_that_of_brute_force():
    fields = {"pin": {"position": 2}, "boost": {"factor": 3}, "bury": {"factor": 3}, "exclude": {}}
    items = ({"skus": ["E", "B"]}, {"filter": {"colour": "red"}})
    single = [rule(action, **fields[action], **names) for action in Action for names in items]
    for pair in product(single, repeat=2):
        assert apply("ABCDEF", pair) == brute_force("ABCDEF", pair)
