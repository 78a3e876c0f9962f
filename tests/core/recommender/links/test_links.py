from collections import Counter
from itertools import permutations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.item_links import MILLION, ItemLink, parse_links
from core.recommender.algorithms.ease import Ease
from core.recommender.interactions import Interactions
from core.recommender.links import baskets, links
from core.recommender.links.baskets import build_baskets
from core.recommender.links.links import strongest_links
from core.recommender.links.weights import cosine, ease
from core.recommender.order_line_arrays import to_order_lines
from tests.support.synthetic_shops import make_sales

SKUS = "ABCDE"
ORDERS = ["AB", "AB", "AC", "A", "BD"]
"""Five orders, written as the SKUs that they contain."""


def lines_of(orders, days=None, users=None):
    """The order lines of orders that customers place one a day."""
    rows = [
        ((users or [f"u{n}" for n in range(len(orders))])[n], sku, f"o{n}", (days or range(99))[n])
        for n, skus in enumerate(orders)
        for sku in skus
    ]
    return to_order_lines(make_sales(rows), len({row[1] for row in rows}))


def find_links(orders, allowed=None, weigh=cosine):
    built = build_baskets(lines_of(orders))
    mask = [allowed is None or sku in allowed for sku in SKUS[: built.matrix.shape[1]]]
    links = strongest_links(built, weigh(built), np.array(mask))
    return {sku: parse_links(text) for sku, text in links.rows(SKUS)}


def test_a_link_has_the_orders_the_lift_and_the_weight_of_a_table_made_by_hand():
    links = find_links(ORDERS)
    # A is in 4 orders, B in 3, C in 1, D in 1, of 5; A and B are together in 2
    shrunk = 2 / sqrt(4 * 3) * 2 / (2 + 3)
    assert links["A"][0] == ItemLink("B", 2, pytest.approx(5 * 2 / 12, abs=1e-3), approx(shrunk))
    assert links["A"][1] == ItemLink("C", 1, 5 * 1 / 4, approx(1 / 4 / sqrt(4)))
    assert [(link.sku, link.orders, link.lift) for link in links["B"]] == [
        ("A", 2, 0.8333),
        ("D", 1, 1.667),
    ]
    assert links["D"] == [ItemLink("B", 1, 1.667, approx(1 / 4 / sqrt(3)))]


def approx(weight):
    return pytest.approx(weight, abs=1 / MILLION)


def test_items_that_may_not_be_recommended_have_links_but_are_in_none():
    links = find_links(ORDERS, allowed="AC")
    assert {sku: [link.sku for link in links[sku]] for sku in links} == {
        "A": ["C"],
        "B": ["A"],
        "C": ["A"],
    }


orders = st.lists(st.text(SKUS, min_size=1, max_size=7), min_size=1, max_size=20)


@given(orders)
@settings(max_examples=50)
def test_links_equal_those_of_a_count_pair_by_pair(orders):
    used = list(dict.fromkeys("".join(orders)))
    counts = Counter(sku for order in orders for sku in set(order))
    both = Counter(pair for order in orders for pair in permutations(sorted(set(order)), 2))
    built = build_baskets(lines_of(orders))
    links = strongest_links(built, cosine(built), np.ones(len(used), bool))
    rows = {sku: parse_links(text) for sku, text in links.rows(used)}
    assert {(sku, link.sku): link.orders for sku in rows for link in rows[sku]} == both
    for (sku, other), count in both.items():
        link = next(link for link in rows[sku] if link.sku == other)
        assert link.lift == pytest.approx(
            count * len(orders) / (counts[sku] * counts[other]), rel=1e-3
        )
    assert all(list(row) == sorted(row, key=lambda link: -link.weight) for row in rows.values())


@given(orders)
@settings(max_examples=30)
def test_the_size_of_chunks_changes_nothing(orders):
    built = build_baskets(lines_of(orders))
    allowed = np.ones(built.matrix.shape[1], bool)
    expected = strongest_links(built, cosine(built), allowed).matrix
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "MAX_PAIRS", 3)
        chunked = strongest_links(built, cosine(built), allowed).matrix
    assert (chunked != expected).nnz == 0


def test_ease_weights_are_those_of_the_inverse_matrix():
    built = build_baskets(lines_of(ORDERS))
    orders = built.matrix.toarray()
    inverse = np.linalg.inv(orders.T @ orders + 50 * np.eye(4))
    expected = -inverse / np.diag(inverse)
    row, column = np.nonzero(~np.eye(4, dtype=bool))
    weights = ease(built, best_sellers=5)(row, column, np.ones(len(row)))
    np.testing.assert_allclose(weights, expected[row, column], rtol=1e-4, atol=1e-7)


def test_other_items_than_best_sellers_have_the_ease_weight_of_a_pair_alone():
    built = build_baskets(lines_of(ORDERS))
    # the order of SKUs is that of the first order lines: A, B, C, D; A is in 4 orders, C in 1
    weights = ease(built, best_sellers=2)(np.array([0, 2]), np.array([2, 0]), np.array([1, 1]))
    alone = Ease(penalty=50).fit(Interactions(lines_of(["A", "A", "A", "AB"]))).weights
    assert weights == pytest.approx([1 / (4 + 50), 1 / (1 + 50)])
    assert weights[0] == pytest.approx(alone[0, 1], rel=1e-3)


def test_only_the_strongest_links_are_kept(monkeypatch):
    monkeypatch.setattr(links, "LENGTH", 1)
    assert {sku: [link.sku for link in rows] for sku, rows in find_links(ORDERS).items()} == {
        "A": ["B"],
        "B": ["A"],
        "C": ["A"],
        "D": ["B"],
    }


def test_an_order_of_too_many_items_does_not_count(monkeypatch):
    monkeypatch.setattr(baskets, "MAX_ITEMS", 3)
    built = build_baskets(lines_of(["AB", "ABCD"]))
    assert built.matrix.toarray().tolist() == [[1, 1, 0, 0]]


def test_only_the_newest_orders_of_a_customer_count(monkeypatch):
    monkeypatch.setattr(baskets, "MAX_ORDERS", 2)
    built = build_baskets(lines_of(["AB", "AC", "C", "CD"], users=["u", "u", "v", "u"]))
    assert built.matrix.toarray().tolist() == [[1, 0, 1, 0], [0, 0, 1, 0], [0, 0, 1, 1]]


def test_lines_of_one_id_are_orders_of_a_customer_and_a_day():
    rows = [("ann", "A", "1", 0), ("ann", "B", "1", 0), ("ann", "C", "1", 5), ("bob", "A", "1", 0)]
    built = build_baskets(to_order_lines(make_sales(rows), 3))
    assert sorted(built.matrix.toarray().tolist()) == [[0, 0, 1], [1, 0, 0], [1, 1, 0]]
