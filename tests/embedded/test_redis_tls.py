"""Both Redis servers behind TLS and a password: all clients reach them, and no secret leaks."""

import re
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from redis import Redis

from api.app import create_app
from core.domain import EncoderIdentity
from core.settings import JobSettings, Ports, Settings
from embedded.stack import Stack
from tests.support.external.tls import certificate, tunnel
from tests.support.servers import free_ports, redis_server
from tests.support.shop_client import FINAL_STATES, eventually

pytestmark = pytest.mark.stack

SECRET = "p@ss/w:rd&%20"


@pytest.fixture(scope="module")
def redis_settings(tmp_path_factory):
    """Two servers with a password behind TLS; yields the settings to reach them."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = certificate(folder / "tls")
    with ExitStack() as stack:
        urls = {}
        for name in ("redis", "cache"):
            plain = stack.enter_context(redis_server(folder / name))
            with Redis.from_url(plain) as redis:
                redis.config_set("requirepass", SECRET)
            port = stack.enter_context(tunnel(urlsplit(plain).port, cert, key))
            urls[f"{name}_url"] = f"rediss://127.0.0.1:{port}/0"
        yield Settings(
            data=folder / "data",
            ports=Ports(**free_ports(Ports.model_fields)),
            jobs=JobSettings(sweep_interval_s=1),
            redis_password=SECRET,
            cache_password=SECRET,
            tls_ca=cert,
            **urls,
        )


def wait_for_job(client, path):
    eventually(lambda: client.get(path).json()["state"] in FINAL_STATES)
    return client.get(path).json()


def test_a_job_passes_through_api_queue_and_worker(redis_settings):
    with (
        Stack(redis_settings, only=["worker-train"]) as stack,
        TestClient(create_app(redis_settings)) as client,
    ):
        services = client.app.state.services
        services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
        response = client.delete("/v1/collections/shop/sales")
        assert response.status_code == 202
        assert wait_for_job(client, response.headers["location"])["state"] == "succeeded"
        parts = client.get("/health/ready").json()["parts"]
        assert {parts[name] for name in ("redis", "cache", "worker-train")} == {"ok"}
        logs = "".join(path.read_text() for path in (stack.data / "logs").iterdir())
        conf = (stack.data / "run" / "supervisord.conf").read_text()
    assert "ready" in logs
    for text in (logs, conf):
        assert not re.search("p@ss|p%40ss", text)


@pytest.mark.parametrize(
    "change", [{"redis_password": "wr0ng"}, {"redis_password": None}, {"tls_ca": None}]
)
def test_without_password_or_ca_the_api_is_unavailable_and_shows_no_secret(redis_settings, change):
    settings = redis_settings.model_copy(update=change)
    with TestClient(create_app(settings)) as client:
        response = client.get("/v1/jobs")
    assert response.status_code == 503
    assert not re.search("p@ss|p%40ss|wr0ng", response.text)
