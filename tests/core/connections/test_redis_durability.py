import pytest

from core.connections.redis_client import connect
from core.connections.redis_durability import find_durability_risks
from tests.support.servers import redis_server


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """A server that writes an append-only file and never evicts."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url, connect(url) as client:
        yield client


def test_a_server_that_deletes_jobs_if_its_memory_is_full_is_a_risk(redis):
    redis.config_set("maxmemory-policy", "allkeys-lru")
    assert find_durability_risks(redis) == []  # without a limit, nothing is deleted
    redis.config_set("maxmemory", "1gb")
    (risk,) = find_durability_risks(redis)
    redis.config_set("maxmemory-policy", "noeviction")
    assert "maxmemory-policy allkeys-lru" in risk
    assert find_durability_risks(redis) == []


def test_a_server_without_an_append_only_file_is_a_risk(redis):
    assert find_durability_risks(redis) == []
    redis.config_set("appendonly", "no")  # not on again: it would not stop before it is written
    (risk,) = find_durability_risks(redis)
    assert "set `appendonly yes`" in risk
