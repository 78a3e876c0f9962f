import numpy as np
import pytest

from core.recommender.algorithms import regional_shares
from core.recommender.algorithms.popularity import Popularity, orders_in_regions, region_counts
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import to_order_lines
from tests.support.synthetic_shops import make_sales

ROWS = [
    ("ann", "A", "1", 0, "GB", "SW1"),
    ("ann", "B", "1", 0, "GB", "SW1"),
    ("bob", "A", "2", 10, "GB", "SW2"),
    ("cat", "C", "3", 20, "DE", "20095"),
]
A, B, C = 0, 1, 2


def shares_in(popularity, region):
    return popularity.shares.of(np.array([region])).toarray()[0]


def test_a_purchase_counts_half_after_a_half_life():
    popularity = Popularity(half_life=10, support=0).fit(
        Interactions(to_order_lines(make_sales(ROWS), 3))
    )
    everywhere = shares_in(popularity, 0)
    total = 0.25 + 0.25 + 0.5 + 1
    assert everywhere == pytest.approx([0.75 / total, 0.25 / total, 1 / total])


def test_a_region_backs_off_to_those_around_it():
    lines = to_order_lines(make_sales(ROWS), 3)
    popularity = Popularity(half_life=None, support=2).fit(Interactions(lines))
    everywhere = np.array([2, 1, 1]) / 4
    country = (np.array([2, 1, 0]) + 2 * everywhere) / (3 + 2)
    area = (np.array([2, 1, 0]) + 2 * country) / (3 + 2)
    town = (np.array([1, 0, 0]) + 2 * area) / (1 + 2)
    assert popularity.scores(np.array([1]))[0] == pytest.approx(town)


@pytest.mark.parametrize("limits", [(0, 1_000), (0, 6), (2 / 3, 1_000), (1, 1_000)])
def test_it_does_not_matter_which_regions_are_large(monkeypatch, limits):
    lines = to_order_lines(make_sales([*ROWS, ("dan", "B", "4", 5, "GB", "N1")]), 3)
    regions = np.arange(len(lines.regions.keys))
    expected = Popularity().fit(Interactions(lines)).shares.of(regions).toarray()
    monkeypatch.setattr(regional_shares, "MIN_DENSITY", limits[0])
    monkeypatch.setattr(regional_shares, "MAX_CELLS", limits[1])
    shares = Popularity().fit(Interactions(lines)).shares
    assert shares.of(regions).toarray() == pytest.approx(expected, abs=1e-7)


def test_thousands_of_orders_by_one_customer_make_no_item_popular():
    bulk = [("dan", "C", f"bulk {n}", 20, "GB", "SW1") for n in range(3000)]
    lines = to_order_lines(make_sales([*ROWS, *bulk]), 3)
    popularity = Popularity(half_life=None, support=0).fit(Interactions(lines))
    # two customers bought A, one bought B, and two bought C
    assert shares_in(popularity, lines.regions.everywhere) == pytest.approx([2 / 5, 1 / 5, 2 / 5])


def test_a_customer_counts_by_the_last_purchase_of_an_item():
    rows = [
        ("ann", "A", "1", 0),
        ("bob", "B", "2", 0),
        ("ann", "A", "3", 20),
        ("cat", "B", "4", 10),
    ]
    popularity = Popularity(half_life=10, support=0).fit(
        Interactions(to_order_lines(make_sales(rows), 2))
    )
    assert shares_in(popularity, 0) == pytest.approx(np.array([1, 0.25 + 0.5]) / 1.75)


def test_all_users_of_a_region_get_its_scores():
    popularity = Popularity().fit(Interactions(to_order_lines(make_sales(ROWS), 3)))
    block = popularity.scores(np.array([2, 0, 2]))
    assert np.array_equal(block[0], block[2])
    assert block[0, C] > block[1, C]
    assert block[1, A] > block[0, A]


def test_regions_include_the_counts_of_their_subregions():
    lines = to_order_lines(make_sales(ROWS), 3)
    counts = region_counts(lines, np.arange(4), np.ones(4)).toarray()
    keys = lines.regions.keys
    assert np.array_equal(counts[keys.index("GB")], [2, 1, 0])
    assert np.array_equal(counts[keys.index("GB/SW1")], [1, 1, 0])
    orders = dict(zip(keys, orders_in_regions(lines).tolist(), strict=True))
    assert (orders[""], orders["GB"], orders["GB/SW"], orders["DE/20"]) == (3, 2, 2, 1)
