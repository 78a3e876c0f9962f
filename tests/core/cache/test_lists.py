from dataclasses import replace

import pytest

from core.cache import CacheWriter
from core.cache.item_cache import ItemCache
from core.connections.redis_client import connect
from core.domain import Availability
from core.errors import Unavailable
from core.recommendations import (
    New,
    OrderLines,
    Purchase,
    Recommendation,
    UserLists,
    UserPurchases,
)
from tests.support.cached_lists import read_list
from tests.support.items import items_with
from tests.support.servers import free_port, redis_server

pytestmark = pytest.mark.stack

SHOP = "shop"


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield connect(url)


@pytest.fixture
def lists(redis):
    redis.flushall()
    return CacheWriter(redis)


def rows(*skus):
    return [Recommendation(sku, 1.0, []) for sku in skus]


def user_lists(*skus):
    return UserLists(1, [Purchase("z", "2026-10-01T09:30:00+00:00")], rows(*skus))


def publish(lists, generation, users, popular=None):
    lists.write(SHOP, generation, users.items())
    lists.write_popular(SHOP, generation, popular or {"": rows("p")})
    lists.go_live(SHOP, generation)
    items = ItemCache(lists._redis)
    items.go_live(SHOP, items.begin(SHOP), 1, {})


def read(lists, user, *regions, **options):
    return read_list(lists._redis, SHOP, user, regions, **options)


def skus_for(lists, user, *regions):
    return [row.sku for row in read(lists, user, *regions, "").rows]


def test_a_user_gets_their_own_list_and_unknown_users_the_popular_items(lists):
    publish(lists, "one", {"ann": user_lists("a", "b")})
    cached = read(lists, "ann", "")
    assert (cached.generation, cached.personal) == ("one", True)
    assert skus_for(lists, "ann") == ["a", "b"]
    assert read(lists, "bob", "").personal is False
    assert skus_for(lists, "bob") == ["p"]


def test_the_top_of_a_list_comes_back_as_it_was_written(lists):
    first = Recommendation('a "b" ü', 0.5, [New()])
    user = UserLists(1, [], [first, *rows("b", "c")])
    publish(lists, "one", {"ann": user, "bob": user_lists()})
    text = r'{"sku":"a \"b\" ü","score":0.5,"reasons":[{"kind":"new"}]}'
    top = read(lists, "ann", "", limit=2).rows
    assert [(row.sku, row.text, row.score) for row in top] == [
        ('a "b" ü', text.encode(), 0.5),
        ("b", b'{"sku":"b","score":1.0,"reasons":[]}', 1.0),
    ]
    assert len(read(lists, "ann", "", limit=9).rows) == 3
    assert [*read(lists, "bob", "", limit=9).rows] == []


def test_the_nearest_region_with_a_list_is_used(lists):
    popular = {"": rows("all"), "DE": rows("de"), "DE/10": rows("berlin")}
    publish(lists, "one", {"ann": user_lists("a")}, popular)
    assert skus_for(lists, "bob", "DE/10115", "DE/10", "DE") == ["berlin"]
    assert skus_for(lists, "bob", "DE/99999", "DE/99", "DE") == ["de"]
    assert skus_for(lists, "bob", "FR") == ["all"]


def test_a_generation_that_is_not_live_is_not_served(lists):
    publish(lists, "one", {"ann": user_lists("a")})
    lists.write(SHOP, "two", {"ann": user_lists("b")}.items())
    assert skus_for(lists, "ann") == ["a"]
    lists.go_live(SHOP, "two")
    assert skus_for(lists, "ann") == ["b"]


def test_without_a_live_generation_there_is_no_list(lists):
    lists.write(SHOP, "one", {"ann": user_lists("a")}.items())
    assert read(lists, "ann", "") is None


def test_a_live_generation_that_was_lost_gives_no_list_rather_than_an_empty_one(lists):
    publish(lists, "one", {"ann": user_lists("a")})
    lists.drop(SHOP, "one")
    assert lists.live(SHOP) == "one"
    assert read(lists, "ann", "") is None


def test_a_hidden_sku_is_left_out_until_a_generation_goes_live_without_it(lists):
    publish(lists, "one", {"ann": user_lists("a", "b")}, {"": rows("a", "p")})
    lists.hide(SHOP, "a")
    assert (skus_for(lists, "ann"), skus_for(lists, "bob")) == (["b"], ["p"])
    lists.hide(SHOP, "b")
    lists.go_live(SHOP, "one")
    assert skus_for(lists, "ann") == []
    lists.go_live(SHOP, "one", hidden_skus={"b"})
    assert skus_for(lists, "ann") == ["a"]
    lists.go_live(SHOP, "one", hidden_skus=set())
    assert skus_for(lists, "ann") == ["a", "b"]


def test_users_with_a_list_are_counted(lists):
    publish(lists, "one", {"ann": user_lists("a"), "bob": user_lists("b")})
    assert (lists.count(SHOP, "one"), lists.count(SHOP, "two")) == (2, 0)
    lists.drop_user(SHOP, "one", "ann")
    assert lists.count(SHOP, "one") == 1


def test_one_read_is_one_round_trip(lists, redis):
    publish(lists, "one", {"ann": user_lists("a")})
    skus_for(lists, "ann")
    before = redis.info("commandstats")
    read(lists, "ann", "DE/10115", "DE", "")
    after = redis.info("commandstats")
    calls = {name.removeprefix("cmdstat_"): stats["calls"] for name, stats in after.items()}
    for name, stats in before.items():
        calls[name.removeprefix("cmdstat_")] -= stats["calls"]
    assert calls.pop("evalsha") == 1
    in_script = {"get", "hget", "exists"}
    connecting = {"hello", "client", "client|setinfo", "ping", "info"}
    assert {name for name, count in calls.items() if count} <= in_script | connecting


def test_users_are_sorted_filtered_by_prefix_and_paged(lists):
    publish(lists, "one", {name: user_lists("a") for name in ("ann", "anne", "bob", "anton")})
    assert [u for u, _ in lists.users(SHOP, prefix="an", after="", limit=2)] == ["ann", "anne"]
    assert [u for u, _ in lists.users(SHOP, prefix="an", after="anne", limit=9)] == ["anton"]
    assert len(lists.users(SHOP, prefix="", after="", limit=9)) == 4
    purchases = [Purchase("z", "2026-10-01T09:30:00+00:00")]
    assert lists.users(SHOP, prefix="b", after="", limit=9) == [
        ("bob", UserPurchases(1, purchases))
    ]


def test_a_dropped_user_has_neither_list_nor_orders_and_is_not_listed(lists, redis):
    lines = OrderLines(["z", "y"], [1_790_847_000, 5], [4, 3], [2, 1], complete=False)
    ann = replace(user_lists("a"), lines=lines)
    publish(lists, "one", {"ann": ann, "bob": user_lists("b")})
    assert lists.order_lines(SHOP, "one", "ann") == lines
    assert lists.order_lines(SHOP, "one", "bob") is None  # made before orders were kept
    lists.drop_user(SHOP, "one", "ann")
    assert lists.order_lines(SHOP, "one", "ann") == OrderLines([], [], [], [], complete=True)
    assert read(lists, "ann", "").personal is False
    assert [u for u, _ in lists.users(SHOP, prefix="", after="", limit=9)] == ["bob"]


def test_a_dropped_collection_leaves_no_key(lists, redis):
    publish(lists, "one", {"ann": user_lists("a")})
    publish(lists, "two", {"ann": user_lists("a")})
    lists.hide(SHOP, "a")
    lists.drop_all(SHOP, ["one", "two"])
    ItemCache(redis).drop(SHOP)
    assert redis.keys() == []


def test_without_redis_all_calls_raise_unavailable():
    unreachable = CacheWriter(connect(f"redis://127.0.0.1:{free_port()}/0"))
    with pytest.raises(Unavailable):
        unreachable.live(SHOP)
    with pytest.raises(Unavailable):
        read(unreachable, "ann", "")


def set_items(lists, states, cards=()):
    items = ItemCache(lists._redis)
    items.put_cards(SHOP, items_with({sku: {"name": sku} for sku in cards}))
    items.put_availability(SHOP, 1, {sku: Availability(state) for sku, state in states.items()})


def test_unavailable_items_are_replaced_by_the_next_items_of_the_list(lists):
    publish(lists, "one", {"ann": user_lists("a", "b", "c", "d", "e")})
    set_items(lists, {"a": "hidden", "c": "out_of_stock"})
    lists.hide(SHOP, "d")
    assert [row.sku for row in read(lists, "ann", "", limit=2).rows] == ["b", "e"]
    set_items(lists, {"a": "in_stock", "c": "in_stock"})
    assert [row.sku for row in read(lists, "ann", "", limit=3).rows] == ["a", "b", "c"]


def test_with_cards_all_existing_items_come_with_their_availability(lists):
    publish(lists, "one", {"ann": user_lists("a", "b", "c", "d")})
    set_items(lists, {"a": "hidden", "b": "out_of_stock"}, cards="abd")
    cached = read(lists, "ann", "", method="with_cards")
    assert [(row.sku, row.availability, row.attributes) for row in cached.rows] == [
        ("a", "hidden", b'{"name":"a"}'),
        ("b", "out_of_stock", b'{"name":"b"}'),
        ("d", "in_stock", b'{"name":"d"}'),
    ]


def test_popular_items_of_all_regions_come_with_what_the_user_has_bought(lists):
    popular = {"": rows("p", "q"), "DE": rows("d", "p")}
    publish(lists, "one", {"ann": user_lists("a")}, popular)
    set_items(lists, {"q": "out_of_stock"}, cards="dpq")
    cached = read(lists, "ann", "DE/10", "DE", "", method="popular")
    assert [row.sku for row in cached.rows] == ["d", "p", "p", "q"]
    assert cached.bought == {"z"}
    assert read(lists, "bob", "", method="popular").bought == frozenset()


def test_without_all_availabilities_there_is_no_list_rather_than_one_with_hidden_items(lists):
    publish(lists, "one", {"ann": user_lists("a")})
    lists._redis.delete("lookalike:items:shop:live")
    assert read(lists, "ann", "") is None
    assert read(lists, "ann", "", method="with_cards") is None
