"""Searches in collections whose vectors have no part for colour."""

import pytest

from core.cache.search_messages import SearchRequest
from core.domain import Availability
from core.errors import InvalidInput
from core.pipelines.item_cache import restore_items
from core.pipelines.search import Searcher
from core.pipelines.services import no_heartbeat
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


def matches_of(shop):
    """What a search finds: SKU, attributes and availability of each match."""
    searcher = Searcher(shop.services)
    matches = searcher.find(searcher.embed(SearchRequest(collection="shop"), png("red"))).matches
    return [(match.sku, dict(match.attributes), match.availability) for match in matches]


def test_matches_have_the_attributes_and_availability_of_their_cards_or_of_the_store(shop):
    in_store = matches_of(shop)
    assert [(sku, state) for sku, _, state in in_store] == [("A", Availability.IN_STOCK)]
    cache, name = shop.services.item_cache, shop.collection.name
    restore_items(shop.collection, shop.services, no_heartbeat)
    assert matches_of(shop) == in_store
    cache.put_availability(name, 1, {"A": Availability.OUT_OF_STOCK})
    assert matches_of(shop) == [("A", in_store[0][1], Availability.OUT_OF_STOCK)]
    cache.remove(name, ["A"])
    assert matches_of(shop) == []
    cache.drop(name)
    assert matches_of(shop) == in_store
