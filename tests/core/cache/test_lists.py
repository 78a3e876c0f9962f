import json

import pytest

from core.cache import Lists
from core.connections.redis_client import connect
from core.errors import Unavailable
from tests.support.cached_lists import listed
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
    return Lists(redis)


def rows(*skus):
    return [{"sku": sku, "score": 1.0, "reasons": []} for sku in skus]


def kept(*skus):
    return {"orders": 1, "purchases": [], "recommendations": rows(*skus)}


def publish(lists, generation, users, popular=None):
    lists.write(SHOP, generation, users.items())
    lists.write_popular(SHOP, generation, popular or {"": rows("p")})
    lists.go_live(SHOP, generation)


def read(lists, user, *regions):
    return listed(lists._redis, SHOP, user, regions)


def offered(lists, user, *regions):
    return [row.sku for row in read(lists, user, *regions, "").first(100)]


def test_a_user_has_a_list_of_their_own_and_others_have_what_is_popular(lists):
    publish(lists, "one", {"ann": kept("a", "b")})
    found = read(lists, "ann", "")
    assert (found.generation, found.personal) == ("one", True)
    assert offered(lists, "ann") == ["a", "b"]
    assert read(lists, "bob", "").personal is False
    assert offered(lists, "bob") == ["p"]


def test_the_first_of_a_list_are_told_as_they_were_written(lists):
    theirs = [{"sku": 'a "b" ü', "score": 0.5, "reasons": [{"kind": "new"}]}, *rows("b", "c")]
    publish(lists, "one", {"ann": {"recommendations": theirs}, "bob": kept()})
    found = read(lists, "ann", "")
    assert [(row.sku, json.loads(row.text)) for row in found.first(2)] == [
        (one["sku"], one) for one in theirs[:2]
    ]
    assert len(found.first(9)) == 3
    assert read(lists, "bob", "").first(9) == []


def test_lists_of_the_version_before_are_read(lists, redis):
    publish(lists, "one", {"ann": kept("a")})
    redis.hset("lookalike:lists:shop:one", "u:ann", json.dumps(rows("x", "y")))
    assert offered(lists, "ann") == ["x", "y"]


def test_the_nearest_region_that_has_a_list_counts(lists):
    popular = {"": rows("all"), "DE": rows("de"), "DE/10": rows("berlin")}
    publish(lists, "one", {"ann": kept("a")}, popular)
    assert offered(lists, "bob", "DE/10115", "DE/10", "DE") == ["berlin"]
    assert offered(lists, "bob", "DE/99999", "DE/99", "DE") == ["de"]
    assert offered(lists, "bob", "FR") == ["all"]


def test_a_generation_that_is_not_live_is_not_seen(lists):
    publish(lists, "one", {"ann": kept("a")})
    lists.write(SHOP, "two", {"ann": kept("b")}.items())
    assert offered(lists, "ann") == ["a"]
    lists.go_live(SHOP, "two")
    assert offered(lists, "ann") == ["b"]


def test_before_anything_is_live_there_is_nothing(lists):
    lists.write(SHOP, "one", {"ann": kept("a")}.items())
    assert read(lists, "ann", "") is None


def test_a_live_generation_whose_lists_were_lost_is_nothing_rather_than_empty(lists):
    publish(lists, "one", {"ann": kept("a")})
    lists.drop(SHOP, "one")
    assert lists.live(SHOP) == "one"
    assert read(lists, "ann", "") is None


def test_a_hidden_sku_is_left_out_until_a_generation_goes_live_without_it(lists):
    publish(lists, "one", {"ann": kept("a", "b")}, {"": rows("a", "p")})
    lists.hide(SHOP, "a")
    assert (offered(lists, "ann"), offered(lists, "bob")) == (["b"], ["p"])
    lists.hide(SHOP, "b")
    lists.go_live(SHOP, "one")
    assert offered(lists, "ann") == []
    lists.go_live(SHOP, "one", gone={"b"})
    assert offered(lists, "ann") == ["a"]
    lists.go_live(SHOP, "one", gone=set())
    assert offered(lists, "ann") == ["a", "b"]


def test_users_with_a_list_are_counted(lists):
    publish(lists, "one", {"ann": kept("a"), "bob": kept("b")})
    assert (lists.count(SHOP, "one"), lists.count(SHOP, "two")) == (2, 0)
    lists.drop_user(SHOP, "one", "ann")
    assert lists.count(SHOP, "one") == 1


def test_one_read_is_one_round_trip(lists, redis):
    publish(lists, "one", {"ann": kept("a")})
    offered(lists, "ann")
    before = redis.info("commandstats")
    read(lists, "ann", "DE/10115", "DE", "")
    after = redis.info("commandstats")
    asked = {name.removeprefix("cmdstat_"): told["calls"] for name, told in after.items()}
    for name, told in before.items():
        asked[name.removeprefix("cmdstat_")] -= told["calls"]
    assert asked.pop("evalsha") == 1
    within, opening = (
        {"get", "hget", "smembers"},
        {"hello", "client", "client|setinfo", "ping", "info"},
    )
    assert {name for name, calls in asked.items() if calls} <= within | opening


def test_users_come_in_order_by_prefix_and_page(lists):
    publish(lists, "one", {name: kept("a") for name in ("ann", "anne", "bob", "anton")})
    assert [u for u, _ in lists.users(SHOP, prefix="an", after="", limit=2)] == ["ann", "anne"]
    assert [u for u, _ in lists.users(SHOP, prefix="an", after="anne", limit=9)] == ["anton"]
    assert len(lists.users(SHOP, prefix="", after="", limit=9)) == 4


def test_a_dropped_user_is_nowhere(lists, redis):
    publish(lists, "one", {"ann": kept("a"), "bob": kept("b")})
    lists.drop_user(SHOP, "one", "ann")
    assert read(lists, "ann", "").personal is False
    assert [u for u, _ in lists.users(SHOP, prefix="", after="", limit=9)] == ["bob"]


def test_a_dropped_collection_leaves_no_key(lists, redis):
    publish(lists, "one", {"ann": kept("a")})
    publish(lists, "two", {"ann": kept("a")})
    lists.hide(SHOP, "a")
    lists.drop_all(SHOP, ["one", "two"])
    assert redis.keys() == []


def test_without_redis_it_says_so():
    nobody = Lists(connect(f"redis://127.0.0.1:{free_port()}/0"))
    with pytest.raises(Unavailable):
        nobody.live(SHOP)
    with pytest.raises(Unavailable):
        read(nobody, "ann", "")
