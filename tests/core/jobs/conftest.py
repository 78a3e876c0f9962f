import pytest

from core.connections.redis_client import connect
from core.jobs import Ledger
from tests.support.servers import redis_server

LEASE_S = 60
"""Longer than a test takes, even on a busy machine; tests move the times instead of waiting."""


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis(redis_url):
    client = connect(redis_url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def ledger(redis):
    return Ledger(redis, lease_s=LEASE_S)
