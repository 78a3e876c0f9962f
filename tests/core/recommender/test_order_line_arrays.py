import numpy as np
import pytest

from core.errors import InvalidInput
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import home_regions, to_order_lines
from tests.support.synthetic_shops import make_sales

ROWS = [
    ("ann", "A", "o1", 0, "GB", "SW1A 1AA"),
    ("ann", "B", "o1", 0, "GB", "SW1A 1AA"),
    ("bob", "A", "o2", 10, "DE", "20095"),
    ("ann", "A", "o3", 20, "GB", "N1 9GU"),
]


def test_every_region_has_a_path_to_everywhere():
    regions = to_order_lines(make_sales(ROWS), 2).regions
    path = regions.paths[regions.keys.index("GB/SW1A 1AA")]
    assert [regions.keys[region] for region in path] == ["GB/SW1A 1AA", "GB/SW", "GB", ""]
    country = regions.paths[regions.keys.index("GB")]
    assert {regions.keys[region] for region in country} == {"GB", ""}


def test_the_home_region_is_that_of_the_last_purchase():
    lines = to_order_lines(make_sales(ROWS), 2)
    assert [lines.regions.keys[home] for home in home_regions(lines)] == ["GB/N1 9GU", "DE/20095"]


def test_without_purchases_the_home_region_is_everywhere():
    lines = to_order_lines(make_sales(ROWS), 2)
    early = lines.select(lines.user == 0)
    assert lines.regions.keys[home_regions(early)[1]] == ""


def test_without_sales_the_error_says_what_to_do():
    nothing = make_sales(ROWS)
    empty = nothing.iloc[:0]
    with pytest.raises(InvalidInput, match="import some"):
        to_order_lines(empty, 2)


def test_a_purchase_counts_half_as_much_after_a_half_life_and_the_last_one_counts():
    interactions = Interactions(to_order_lines(make_sales(ROWS), 2))
    assert np.array_equal(interactions.purchase_matrix().toarray(), [[1, 1], [1, 0]])
    faded = interactions.purchase_matrix(half_life=10).toarray()
    assert faded == pytest.approx(np.array([[1, 0.25], [0.5, 0]]))


def test_without_times_purchases_do_not_fade():
    rows = [(user, sku, order, np.nan) for user, sku, order, *_ in ROWS]
    lines = to_order_lines(make_sales(rows), 2)
    assert not lines.has_times
    assert Interactions(lines).purchase_matrix(half_life=1).toarray() == pytest.approx(
        Interactions(lines).purchase_matrix().toarray()
    )
