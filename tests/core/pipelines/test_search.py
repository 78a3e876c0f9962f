"""Searches in collections whose vectors have no part for colour."""

import pytest

from core.cache.search_messages import SearchRequest
from core.errors import InvalidInput
from core.pipelines.search import Searcher
from tests.support.local_shop import LocalShop, png


@pytest.fixture
def shop(services):
    shop = LocalShop(services)
    shop.run(shop.put("red"))
    return shop


def test_a_collection_from_before_recipes_keeps_answering_as_before(shop):
    searcher = Searcher(shop.services)
    query = searcher.embed(SearchRequest(collection="shop"), png("red"))
    assert [(match.sku, match.score) for match in searcher.find(query).matches] == [("A", 1.0)]


@pytest.mark.parametrize("sku", ["A", None])
def test_its_searches_with_a_weight_of_colour_are_refused_with_the_remedy(shop, sku):
    request = SearchRequest(collection="shop", sku=sku, colour=0.5)
    with pytest.raises(InvalidInput, match=r"without colour.*rebuild the collection"):
        Searcher(shop.services).embed(request, b"" if sku else png("red"))
