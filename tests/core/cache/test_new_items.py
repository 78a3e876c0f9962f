import random
from datetime import timedelta

import pytest

from core.cache import ItemCache
from core.cache.new_reader import NewReader
from core.connections.redis_client import connect
from core.domain import Availability
from tests.support.cached_lists import read_from
from tests.support.items import FIRST, items_with
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

SHOP = "shop"
HIDDEN, SOLD_OUT = Availability.HIDDEN, Availability.OUT_OF_STOCK


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def items(url):
    redis = connect(url)
    redis.flushall()
    items = ItemCache(redis)
    items.go_live_empty(SHOP)
    return items


@pytest.fixture
def read(url):
    def read(limit, **options):
        return read_from(url, lambda reads: NewReader(reads).read(SHOP, limit, **options))

    return read


def add(items, sku, second=0, **attributes):
    items.put_cards(SHOP, items_with({sku: attributes}, FIRST + timedelta(seconds=second)))


def skus(newest):
    return [item.sku for item in newest.items]


def test_a_new_collection_has_no_new_items(items, read):
    assert (skus(read(5)), read(5).is_complete) == ([], True)


def test_the_newest_items_come_first_with_the_time_of_their_creation(items, read):
    add(items, "old")
    moment = FIRST + timedelta(days=1, microseconds=123_457)
    items.put_cards(SHOP, items_with({"b": {"kind": "hat"}, "a": {}}, moment))
    first, second, third = read(5).items
    assert (first.sku, second.sku, third.sku) == ("a", "b", "old")
    assert (second.created_at, second.attributes, second.availability) == (
        moment, b'{"kind":"hat"}', "in_stock",
    )  # fmt: skip


def test_a_changed_item_keeps_its_place_and_a_removed_item_is_gone(items, read):
    for second, sku in enumerate("abc"):
        add(items, sku, second)
    add(items, "a", kind="hat")
    assert (skus(read(5)), read(5).items[2].attributes) == (["c", "b", "a"], b'{"kind":"hat"}')
    items.remove(SHOP, ["b"])
    assert skus(read(5)) == ["c", "a"]
    add(items, "b", 9)
    assert skus(read(5)) == ["b", "c", "a"]


def test_without_the_mark_of_completeness_nothing_is_read(items, read):
    items.drop(SHOP)
    add(items, "a")
    assert read(5) is None


def test_only_the_newest_ten_thousand_items_are_looked_at(items, read):
    later = FIRST + timedelta(days=1)
    hidden = [f"h{n}" for n in range(10_000)]
    items.put_cards(SHOP, items_with({sku: {} for sku in hidden}, later))
    add(items, "old")
    items.put_availability(SHOP, 1, dict.fromkeys(hidden, HIDDEN))
    assert (skus(read(5)), read(5).is_complete) == ([], False)
    items.remove(SHOP, hidden[:600])
    assert (skus(read(5)), read(5).is_complete) == (["old"], True)


def test_the_newest_items_are_those_that_sorting_finds(items, read):
    choices = random.Random(4)
    created = {f"s{n}": choices.randrange(400) for n in range(1_200)}
    for sku, second in created.items():
        add(items, sku, second)
    states = {sku: choices.choice([HIDDEN, SOLD_OUT]) for sku in choices.sample([*created], 700)}
    items.put_availability(SHOP, 1, states)
    ranked = sorted(created, key=lambda sku: (-created[sku], sku))
    for limit in (1, 7, 100, 499, 500, 501, 1_000):
        for options, hidden in (
            ({}, set(states.values())),
            ({"include_out_of_stock": True}, {HIDDEN}),
        ):
            eligible = [sku for sku in ranked if states.get(sku) not in hidden]
            newest = read(limit, **options)
            assert skus(newest) == eligible[:limit]
            assert newest.is_complete == (len(eligible) <= limit)
