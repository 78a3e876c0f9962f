"""`GET /health/ready`: states, and notes on parts that work."""

import logging

import pytest
from fastapi.testclient import TestClient

from api.__main__ import warn_of_risks
from api.app import create_app
from core.connections.redis_client import connect
from core.jobs import ledger_reader
from core.settings import Settings
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A Redis server."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="module")
def client(url, tmp_path_factory):
    """The API with only Redis."""
    data = tmp_path_factory.mktemp("data")
    settings = Settings(data=data, redis_url=url, cache_url=url)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def test_a_redis_server_that_may_lose_jobs_is_a_note_and_a_warning(
    client, url, caplog, monkeypatch
):
    monkeypatch.setattr(ledger_reader, "RISKS_S", 0)
    assert client.get("/health/ready").json()["notes"] == {}
    with connect(url) as redis:  # never on again: the server would not stop before it is written
        redis.config_set("appendonly", "no")
    body = client.get("/health/ready").json()
    assert body["parts"]["redis"] == "ok"
    assert "set `appendonly yes`" in body["notes"]["redis"]
    with caplog.at_level(logging.WARNING):
        warn_of_risks(url)
    assert "set `appendonly yes`" in caplog.text


def test_frequent_checks_of_the_api_read_the_settings_of_redis_once(client, url):
    def calls():
        with connect(url) as redis:
            return redis.info("commandstats").get("cmdstat_info", {"calls": 0})["calls"]

    client.get("/health/ready")
    before = calls()
    for _ in range(3):
        client.get("/health/ready")
    assert calls() - before == 1  # this is the call that counts them


def test_a_missing_heartbeat_may_be_due_to_another_cache(client):
    parts = client.get("/health/ready").json()["parts"]
    assert "LOOKALIKE_CACHE_URL" in parts["worker-search"]
