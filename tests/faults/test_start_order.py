"""Everything is started in the wrong order, and finds together without anybody's help."""

import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from embedded.environment import environment
from tests.support.images import jpeg
from tests.support.servers import milvus_server, redis_server
from tests.support.shop_client import Shop, eventually
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack

OURS = (
    ["-m", "workers", "embed"],
    ["-m", "workers", "search"],
    ["-m", "workers", "train"],
    ["-m", "api"],
)


@contextmanager
def running(arguments, settings, log):
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment(settings) | {"PYTHONPATH": str(Path.cwd())},
            stdout=said,
            stderr=said,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def answers(shop, path, status):
    return shop.http.get(path).status_code == status


def test_workers_and_api_wait_for_servers_that_come_after_them(tmp_path):
    settings = make_settings(tmp_path / "data")
    settings.data.mkdir(exist_ok=True)
    ports = settings.ports
    with ExitStack() as stack:
        ours = [
            stack.enter_context(running(one, settings, tmp_path / f"{number}.log"))
            for number, one in enumerate(OURS)
        ]
        shop = stack.enter_context(Shop(f"http://127.0.0.1:{ports.api}", "late"))
        eventually(lambda: answers(shop, "/health/live", 200))
        assert answers(shop, "/health/ready", 503)
        assert answers(shop, "/v1/jobs", 503)
        stack.enter_context(milvus_server(tmp_path / "milvus", ports.milvus))
        stack.enter_context(redis_server(tmp_path / "cache", ports.cache))
        stack.enter_context(redis_server(tmp_path / "redis", ports.redis))
        eventually(lambda: answers(shop, "/health/ready", 200), within=90)
        shop.create()
        assert shop.ingest_numbers(range(5))["state"] == "succeeded"
        assert shop.found(jpeg(3))[0]["sku"] == "3"
        assert [process.poll() for process in ours] == [None] * len(OURS)
