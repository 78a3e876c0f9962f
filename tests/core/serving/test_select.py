from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from core.domain import Availability
from core.filters.parse import parse_filter
from core.serving.select import Candidate, Card, ServingOptions, select

SKUS = "abcdefgh"
COLOURS = st.sampled_from(["red", "blue"])
CARDS = st.builds(Card, st.fixed_dictionaries({}, optional={"colour": COLOURS}),
                  st.sampled_from(Availability))  # fmt: skip
SHOPS = st.dictionaries(st.sampled_from(SKUS), CARDS)
LISTS = st.lists(st.sampled_from(SKUS), max_size=20)
FILTERS = st.sampled_from([None, {}, {"colour": "red"}, {"colour": {"ne": "red"}}])


def candidates(skus):
    return [Candidate(sku, 1 - place / 100) for place, sku in enumerate(skus)]


def is_shown(sku, shop, filter, exclude, include):
    allowed = {"in_stock", "out_of_stock"} if include else {"in_stock"}
    colour = shop[sku].attributes.get("colour") if sku in shop else None
    passes = {
        None: True,
        "red": colour == "red",
        "{'ne': 'red'}": colour == "blue",
    }[None if not filter else str(filter["colour"])]
    return sku in shop and shop[sku].availability in allowed and sku not in exclude and passes


@given(SHOPS, LISTS, FILTERS, st.frozensets(st.sampled_from(SKUS)), st.booleans(),
       st.integers(1, 9))  # fmt: skip
def test_the_selection_equals_a_brute_force_selection(shop, skus, filter, exclude, include, limit):
    options = ServingOptions(
        limit, None if filter is None else parse_filter(filter), exclude, include
    )
    expected = []
    for sku in skus:
        if is_shown(sku, shop, filter, exclude, include) and sku not in expected:
            expected.append(sku)
    selected = select(candidates(skus), shop.get, options)
    assert [item.sku for item in selected] == expected[:limit]
    assert all(item.card is shop[item.sku] for item in selected)


def test_no_card_is_looked_up_twice_or_after_the_last_item_is_found():
    lookups = Counter()

    def card_of(sku):
        lookups[sku] += 1
        return Card()

    select(candidates("aabcd"), card_of, ServingOptions(limit=2))
    assert lookups == {"a": 1, "b": 1}


def test_a_selected_item_keeps_its_score_and_further_data():
    selected = select(candidates("ab"), {"b": Card()}.get, ServingOptions(limit=9))
    assert [(item.sku, item.score, item.candidate) for item in selected] == [
        ("b", 0.99, Candidate("b", 0.99))
    ]
