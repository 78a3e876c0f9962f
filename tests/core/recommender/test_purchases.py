import numpy as np
import pytest

from core.errors import InvalidInput
from core.recommender.interactions import Interactions
from core.recommender.purchases import home_regions, lines_of
from tests.support.synthetic_shops import sold

ROWS = [
    ("ann", "A", "o1", 0, "GB", "SW1A 1AA"),
    ("ann", "B", "o1", 0, "GB", "SW1A 1AA"),
    ("bob", "A", "o2", 10, "DE", "20095"),
    ("ann", "A", "o3", 20, "GB", "N1 9GU"),
]


def test_every_region_knows_those_around_it():
    regions = lines_of(sold(ROWS), 2).regions
    path = regions.paths[regions.keys.index("GB/SW1A 1AA")]
    assert [regions.keys[region] for region in path] == ["GB/SW1A 1AA", "GB/SW", "GB", ""]
    country = regions.paths[regions.keys.index("GB")]
    assert {regions.keys[region] for region in country} == {"GB", ""}


def test_a_user_lives_where_they_bought_last():
    lines = lines_of(sold(ROWS), 2)
    assert [lines.regions.keys[home] for home in home_regions(lines)] == ["GB/N1 9GU", "DE/20095"]


def test_a_user_who_bought_nothing_yet_lives_everywhere():
    lines = lines_of(sold(ROWS), 2)
    early = lines.take(lines.user == 0)
    assert lines.regions.keys[home_regions(early)[1]] == ""


def test_no_sales_are_refused_with_what_to_do():
    nothing = sold(ROWS)
    empty = type(nothing)(**{**vars(nothing), "user": np.zeros(0, np.int32)})
    with pytest.raises(InvalidInput, match="import some"):
        lines_of(empty, 2)


def test_a_purchase_counts_half_as_much_after_a_half_life_and_the_last_one_counts():
    interactions = Interactions(lines_of(sold(ROWS), 2))
    assert np.array_equal(interactions.weighted().toarray(), [[1, 1], [1, 0]])
    faded = interactions.weighted(half_life=10).toarray()
    assert faded == pytest.approx(np.array([[1, 0.25], [0.5, 0]]))


def test_times_that_are_not_known_do_not_fade_anything():
    rows = [(user, sku, order, np.nan) for user, sku, order, *_ in ROWS]
    lines = lines_of(sold(rows), 2)
    assert not lines.timed
    assert Interactions(lines).weighted(half_life=1).toarray() == pytest.approx(
        Interactions(lines).weighted().toarray()
    )
