import pytest

from core.cache import CacheWriter
from core.cache.link_reader import CachedLinks, LinkReader
from core.cache.similar_writer import SimilarWriter
from core.connections.redis_client import connect
from core.item_links import LinkSummary, to_text
from core.recommendations import Recommendation, UserLists
from tests.support.cached_lists import read_from
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

SHOP = "shop"
SUMMARY = LinkSummary(7, 0.05)
FEW, MANY = (to_text([(f"s{n}", 2, 1.5, 900) for n in range(count)]) for count in (4, 5))


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis(url):
    redis = connect(url)
    redis.flushall()
    return redis


@pytest.fixture
def read(url):
    def read(*skus, **options):
        return read_from(url, lambda reads: LinkReader(reads).read(SHOP, skus, **options))

    return read


def publish(redis, links):
    lists = CacheWriter(redis)
    row = [Recommendation("p", 1.0, [])]
    lists.write(SHOP, "one", [("ann", UserLists(1, [], row))])
    lists.write_links(SHOP, "one", SUMMARY, links.items())
    lists.write_popular(SHOP, "one", {"": row, "DE": [Recommendation("d", 2.0, [])]})
    lists.go_live(SHOP, "one")
    return lists


def publish_similar(redis, lists):
    similar = SimilarWriter(redis)
    similar.begin(SHOP, "t")
    similar.write(SHOP, lists.items())
    similar.go_live(SHOP, "v", "t")


def test_links_come_with_the_summary_and_the_similar_items_of_items_with_few_links(redis, read):
    publish(redis, {"a": FEW, "c": MANY})
    publish_similar(redis, {"a": b"\nx\tv\t9\n", "c": b"\ny\tv\t8\n", "new": b"\nz\tv\t7\n"})
    cached = read("a", "c", "new", "unknown")
    assert (cached.generation, cached.summary) == ("one", SUMMARY)
    assert cached.links == [FEW, MANY, "", ""]
    assert cached.similar == ["\nx\tv\t9\n", "", "\nz\tv\t7\n", ""]
    assert (cached.own, cached.popular) == ("", "")


def test_the_list_of_the_user_and_of_the_nearest_region_are_read(redis, read):
    publish(redis, {"a": FEW})
    cached = read("a", user="ann", regions=("DE/20", "DE", ""))
    assert cached.own.endswith("\tp")
    assert cached.popular.endswith("\td")
    assert read("a", user="bob", regions=("FR", "")).popular.endswith("\tp")
    assert read("a", user="bob").own == ""


def test_without_a_generation_there_are_only_similar_items(redis, read):
    publish_similar(redis, {"a": b"\nx\tv\t9\n"})
    assert read("a") == CachedLinks(None, LinkSummary(0, 0.0), "", "", [""], ["\nx\tv\t9\n"])


def test_incomplete_similar_lists_are_not_read(redis, read):
    publish(redis, {"a": FEW})
    SimilarWriter(redis).write(SHOP, [("a", b"\nx\tv\t9\n")])
    assert read("a").similar == [""]


def test_a_lost_generation_is_noticed(redis, read):
    lists = publish(redis, {"a": FEW})
    assert lists.has_links(SHOP, "one")
    lists.drop(SHOP, "one")
    assert not lists.has_links(SHOP, "one")
    assert read("a") is None
