"""Rules are read again when their version changes, and after the cache has lost it."""

import time
from datetime import UTC, datetime

import pytest
from redis import Redis

from api.services import rule_books
from api.services.rule_books import RuleBooks
from core.cache.rule_versions import PREFIX, RuleVersions
from core.connections.redis_client import connect, connect_async
from core.domain import EncoderIdentity
from core.errors import Unavailable
from core.rules import Placement, Rule
from core.storage import Collections, Uploads, open_backend
from core.storage.store import Stores
from tests.support.event_loops import in_event_loop
from tests.support.servers import redis_server

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def stores(tmp_path, url):
    Redis.from_url(url).flushall()
    files = open_backend(tmp_path.as_uri())
    stores = Stores(files=files, collections=Collections(files), uploads=Uploads(files))
    stores.collections.create("shop", encoder=EncoderIdentity("a", 2))
    return stores


def put(stores, *ids):
    rules = [Rule(id=id, placement=(Placement.LISTS,), action="exclude", skus=("A",)) for id in ids]
    return stores.rules(stores.collections.get("shop")).add(rules, NOW).version


def read(stores, url, *steps, collection="shop"):
    """The ids of the rules after each step."""

    async def run():
        redis = connect_async(url)
        books = RuleBooks(stores, RuleVersions(connect(url)), redis)
        ids = []
        for step in steps:
            step()
            active = await books.active(collection, Placement.LISTS)
            ids.append("".join(rule.id for rule in active.rules))
        await redis.aclose()
        return ids

    return in_event_loop(run)


def test_a_new_version_applies_in_another_process_after_half_a_second(stores, url, monkeypatch):
    monkeypatch.setattr(rule_books, "CHECK_INTERVAL_S", 0.02)
    versions = RuleVersions(connect(url))

    def publish(*ids):
        versions.publish("shop", put(stores, *ids))
        time.sleep(0.03)

    steps = [lambda: None, lambda: publish("a"), lambda: publish("b", "c"), publish]
    assert read(stores, url, *steps) == ["", "a", "bc", ""]


def test_a_version_that_the_cache_lost_is_restored_from_the_store(stores, url):
    version = put(stores, "a")
    assert read(stores, url, lambda: None) == ["a"]
    assert int(Redis.from_url(url).get(PREFIX + "shop")) == version


def test_a_version_of_a_deleted_collection_of_the_same_name_does_no_harm(stores, url):
    put(stores, "a")
    RuleVersions(connect(url)).publish("shop", 99)
    assert read(stores, url, lambda: None) == ["a"]


def test_a_restored_version_never_replaces_a_newer_one(url):
    versions = RuleVersions(connect(url))
    versions.publish("other", 7)
    versions.restore("other", 6)
    assert int(Redis.from_url(url).get(PREFIX + "other")) == 7


def test_an_unknown_collection_has_no_rules(stores, url):
    assert read(stores, url, lambda: None, collection="nothing") == [""]


def test_without_redis_nothing_is_shown_without_rules(stores, tmp_path):
    with pytest.raises(Unavailable):
        read(stores, f"unix://{tmp_path}/nothing.socket", lambda: None)
