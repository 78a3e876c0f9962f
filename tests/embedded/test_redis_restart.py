"""Both Redis behind TLS and a password: the API, a worker and Celery reach them; nobody tells."""

import re
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from redis import Redis

from api.app import create_app
from core.domain import EncoderIdentity
from core.settings import JobSettings, Ports, Settings
from embedded.stack import Stack
from tests.support.servers import free_ports, redis_server
from tests.support.tls import certificate, tunnel

pytestmark = pytest.mark.stack

SECRET = "p@ss/w:rd&%20"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """Two servers with a password behind TLS; gives the settings that reach them."""
    folder = tmp_path_factory.mktemp("guarded")
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
            jobs=JobSettings(sweep_s=1),
            redis_password=SECRET,
            cache_password=SECRET,
            tls_ca=cert,
            **urls,
        )


def finished(client, path):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        job = client.get(path).json()
        if job["state"] not in {"queued", "running"}:
            return job
        time.sleep(0.1)
    raise TimeoutError(job)


def test_a_job_goes_through_the_api_the_queue_and_a_worker(guarded):
    with Stack(guarded, only=["worker-train"]) as stack, TestClient(create_app(guarded)) as client:
        services = client.app.state.services
        services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
        answer = client.delete("/v1/collections/shop/sales")
        assert answer.status_code == 202
        assert finished(client, answer.headers["location"])["state"] == "succeeded"
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
def test_without_the_password_or_who_signs_the_api_is_unavailable_and_tells_no_secret(
    guarded, change
):
    settings = guarded.model_copy(update=change)
    with TestClient(create_app(settings)) as client:
        answer = client.get("/v1/jobs")
    assert answer.status_code == 503
    assert not re.search("p@ss|p%40ss|wr0ng", answer.text)
