from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.item_links import MILLION, to_text
from core.recommendations import BoughtTogether, LooksLike
from core.serving.baskets import (
    LOOKALIKE_WEIGHT,
    RECENCY,
    BasketItem,
    rank,
    reasons_of,
    relative_scores,
)


def item(sku, similar="", **links):
    """An item of the basket with links, `other=(orders, millionths)`, and a similar list."""
    rows = [(other, orders, 1.5, weight) for other, (orders, weight) in links.items()]
    return BasketItem.parse(sku, to_text(rows), similar)


def skus(ranked):
    return [scored.sku for scored in ranked]


def test_the_weights_of_all_links_of_a_basket_are_added():
    basket = [item("A", X=(3, 100), Y=(2, 90)), item("B", Y=(1, 50))]
    assert skus(rank(basket, {})) == ["Y", "X"]
    assert next(rank(basket, {})).score == pytest.approx((90 * RECENCY + 50) / MILLION)


def test_newer_items_weigh_more():
    older_first = [item("A", X=(3, 100)), item("B", Y=(3, 100))]
    assert skus(rank(older_first, {})) == ["Y", "X"]
    assert skus(rank(older_first[::-1], {})) == ["X", "Y"]


def test_items_of_the_basket_are_left_out():
    assert skus(rank([item("A", B=(3, 100), X=(1, 1)), item("B", A=(3, 100))], {})) == ["X"]


def test_an_item_without_links_brings_its_lookalikes():
    basket = [item("A", similar="\nL\tfront\t900000\nM\tmain\t800000\n"), item("B", X=(2, 40_000))]
    ranked = list(rank(basket, {}))
    assert skus(ranked) == ["X", "L", "M"]
    assert ranked[1].score == pytest.approx(0.9 * LOOKALIKE_WEIGHT * RECENCY)
    assert reasons_of("L", basket) == {"L": [LooksLike("A", 0.9)]}


def test_the_reason_is_the_strongest_link():
    basket = [item("A", X=(3, 100)), item("B", X=(9, 90)), item("C")]
    assert reasons_of("XZ", basket) == {"X": [BoughtTogether("A", 3)]}


def test_a_pool_counts_beside_links_but_not_without_them():
    pool = {"P": 0.05, "X": 0.01}
    assert skus(rank([item("A", X=(3, 45_000))], pool)) == ["X", "P"]
    assert list(rank([item("A")], pool)) == []


def test_scores_of_a_list_are_relative_to_the_best():
    assert relative_scores({"a": 4.0, "b": 1.0, "c": -1.0}, 0.1) == {"a": 0.1, "b": 0.025}
    assert relative_scores({"a": 4.0}, 0) == relative_scores({"a": 0.0}, 1) == {}
    assert relative_scores({}, 1) == {}


names = st.sampled_from("ABCDEFG")
links = st.dictionaries(names, st.tuples(st.integers(1, 9), st.integers(1, MILLION)), max_size=7)


@given(st.lists(st.tuples(names, links), min_size=1, max_size=6, unique_by=lambda row: row[0]))
def test_a_ranking_equals_the_sum_over_all_links(rows):
    basket = [item(sku, **linked) for sku, linked in rows]
    expected = defaultdict(float)
    for age, (_, linked) in enumerate(reversed(rows)):
        for sku, (_, weight) in linked.items():
            expected[sku] += RECENCY**age * weight / MILLION
    for sku, _ in rows:
        expected.pop(sku, None)
    ranked = list(rank(basket, {}))
    assert dict(ranked) == pytest.approx(expected)
    assert [row.score for row in ranked] == sorted((row.score for row in ranked), reverse=True)
