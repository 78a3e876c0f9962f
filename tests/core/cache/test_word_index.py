import random

import pytest

from core.cache import ItemCache, WordIndex
from core.cache.word_index import shop_words
from core.connections.redis_client import connect
from core.domain import SEEN_COLOUR
from core.errors import Unavailable
from tests.support.items import items_with
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

SHOP = "shop"
TEXTS = ["red", "blue dress", "Sommerkleid", "sandals", "acme", "wool scarf", "", "501"]


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield connect(url)


@pytest.fixture
def items(redis):
    redis.flushall()
    items = ItemCache(redis)
    items.go_live_empty(SHOP)
    return items


def test_after_any_changes_the_index_has_the_words_of_the_present_cards(redis, items):
    chance, shop = random.Random(4), {}
    for _ in range(30):
        changed = {
            str(chance.randrange(40)): {"name": chance.choice(TEXTS), "tags": chance.choices(TEXTS)}
            for _ in range(6)
        }
        items.put_cards(SHOP, items_with(changed))
        removed = chance.choices([*shop] or ["0"], k=2)
        items.remove(SHOP, removed)
        shop = {sku: card for sku, card in (shop | changed).items() if sku not in removed}
    words = {word for card in shop.values() for word in shop_words(card)}
    expected = {w: {sku for sku, card in shop.items() if w in shop_words(card)} for w in words}
    assert WordIndex(redis).find(SHOP, [*words, "unknown"]) == expected | {"unknown": frozenset()}


def test_words_and_skus_with_any_characters_are_indexed(redis, items):
    sku = 'Ö/"\\ {0}: 100%'
    items.put_cards(SHOP, items_with({sku: {"name": "größe 靴 null"}, "B": {}}))
    index = WordIndex(redis).find(SHOP, ["gross", "靴", "null"])
    assert index == {"gross": {sku}, "靴": {sku}, "null": {sku}}
    items.remove(SHOP, [sku, "B", "unknown"])
    assert WordIndex(redis).find(SHOP, ["gross"]) == {"gross": set()}


def test_what_the_machine_saw_is_no_word_of_the_shop(redis, items):
    items.put_cards(SHOP, items_with({"A": {SEEN_COLOUR: ["red"], "name": "hat"}}))
    assert WordIndex(redis).find(SHOP, ["=red", "=hat"]) == {"=red": set(), "=hat": {"A"}}


def test_a_deleted_collection_leaves_nothing(redis, items):
    items.put_cards(SHOP, items_with({"A": {"name": "hat"}}))
    items.drop(SHOP)
    assert redis.keys("*") == []


def test_a_lost_index_is_not_taken_for_one_without_words(redis, items):
    redis.flushall()
    with pytest.raises(Unavailable, match="retry"):
        WordIndex(redis).find(SHOP, ["=hat"])
