import pytest

from core.errors import Unavailable
from core.lists import Lists
from core.redis_door import connect
from tests.servers import free_port, redis_server

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


def offered(lists, user, *regions):
    return [row["sku"] for row in lists.read(SHOP, user, [*regions, ""]).recommendations]


def test_a_user_has_a_list_of_their_own_and_others_have_what_is_popular(lists):
    publish(lists, "one", {"ann": kept("a", "b")})
    found = lists.read(SHOP, "ann", [""])
    assert (found.generation, found.personal) == ("one", True)
    assert offered(lists, "ann") == ["a", "b"]
    assert lists.read(SHOP, "bob", [""]).personal is False
    assert offered(lists, "bob") == ["p"]


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
    assert lists.read(SHOP, "ann", [""]) is None


def test_a_live_generation_whose_lists_were_lost_is_nothing_rather_than_empty(lists):
    publish(lists, "one", {"ann": kept("a")})
    lists.drop(SHOP, "one")
    assert lists.live(SHOP) == "one"
    assert lists.read(SHOP, "ann", [""]) is None


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
    before = redis.info("stats")["total_commands_processed"]
    lists.read(SHOP, "ann", ["DE/10115", "DE", ""])
    calls = redis.info("commandstats")["cmdstat_evalsha"]["calls"]
    after = redis.info("stats")["total_commands_processed"]
    assert calls >= 2
    assert after - before < 10  # the script's own calls, and the two that ask here


def test_users_come_in_order_by_prefix_and_page(lists):
    publish(lists, "one", {name: kept("a") for name in ("ann", "anne", "bob", "anton")})
    assert [u for u, _ in lists.users(SHOP, prefix="an", after="", limit=2)] == ["ann", "anne"]
    assert [u for u, _ in lists.users(SHOP, prefix="an", after="anne", limit=9)] == ["anton"]
    assert len(lists.users(SHOP, prefix="", after="", limit=9)) == 4


def test_a_dropped_user_is_nowhere(lists, redis):
    publish(lists, "one", {"ann": kept("a"), "bob": kept("b")})
    lists.drop_user(SHOP, "one", "ann")
    assert lists.read(SHOP, "ann", [""]).personal is False
    assert [u for u, _ in lists.users(SHOP, prefix="", after="", limit=9)] == ["bob"]


def test_a_dropped_collection_leaves_no_key(lists, redis):
    publish(lists, "one", {"ann": kept("a")})
    publish(lists, "two", {"ann": kept("a")})
    lists.hide(SHOP, "a")
    lists.drop_all(SHOP, ["one", "two"])
    assert redis.keys() == []


def test_without_redis_it_says_so():
    with pytest.raises(Unavailable):
        Lists(connect(f"redis://127.0.0.1:{free_port()}/0")).read(SHOP, "ann", [""])
