"""Cursors of searches and of images."""

import pytest

from api.services.cursors import SearchIdentity, image_cursor, parse_image_cursor
from core.cache.search_messages import SearchRequest

QUERY = {
    "collection": "shop",
    "sku": "A",
    "min_score": 0,
    "filter": '{"kind": "coat"}',
    "exclude": ("B", "C"),
    "include_out_of_stock": False,
    "group": True,
    "at_most": {"colour": 2},
    "diversity": 0,
}


def test_a_list_and_a_search_give_the_same_digest_to_the_same_query():
    searched = SearchIdentity.of(SearchRequest(**QUERY, limit=5))
    assert SearchIdentity(**QUERY).digest() == searched.digest()


@pytest.mark.parametrize(
    "change",
    [
        {"sku": "B"},
        {"min_score": 0.5},
        {"exclude": ("B",)},
        {"at_most": {"colour": 3}},
        {"colour": 0.5},
    ],
)
def test_another_query_has_another_digest(change):
    assert SearchIdentity(**QUERY | change).digest() != SearchIdentity(**QUERY).digest()


def test_the_cursor_of_an_image_keeps_its_item_and_its_view():
    assert parse_image_cursor(image_cursor("A/12:b", "front")) == ("A/12:b", "front")
