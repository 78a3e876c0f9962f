"""Everything starts in the wrong order, and connects without anybody's help."""

import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from embedded.environment import environment
from tests.support.images import jpeg
from tests.support.servers import free_ports, milvus_server, redis_server
from tests.support.shop_client import Shop, eventually
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack

PROGRAMS = (
    ["-m", "workers", "embed"],
    ["-m", "workers", "search"],
    ["-m", "workers", "train"],
    ["-m", "api"],
)


@contextmanager
def running(arguments, settings, log):
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment(settings) | {"PYTHONPATH": str(Path.cwd())},
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def responds(shop, path, status):
    return shop.http.get(path).status_code == status


def test_workers_and_api_wait_for_servers_that_start_after_them(tmp_path):
    ports = free_ports(("redis", "cache", "milvus"))
    urls = {
        "redis_url": f"redis://127.0.0.1:{ports['redis']}/0",
        "cache_url": f"redis://127.0.0.1:{ports['cache']}/0",
        "milvus_url": f"http://127.0.0.1:{ports['milvus']}",
    }
    settings = make_settings(tmp_path / "data").model_copy(update=urls)
    settings.data.mkdir(exist_ok=True)
    with ExitStack() as stack:
        processes = [
            stack.enter_context(running(arguments, settings, tmp_path / f"{number}.log"))
            for number, arguments in enumerate(PROGRAMS)
        ]
        shop = stack.enter_context(Shop(f"http://127.0.0.1:{settings.ports.api}", "late"))
        eventually(lambda: responds(shop, "/health/live", 200))
        assert responds(shop, "/health/ready", 503)
        assert responds(shop, "/v1/jobs", 503)
        stack.enter_context(milvus_server(tmp_path / "milvus", ports["milvus"]))
        stack.enter_context(redis_server(tmp_path / "cache", ports["cache"]))
        stack.enter_context(redis_server(tmp_path / "redis", ports["redis"]))
        eventually(shop.is_ready)
        shop.create()
        assert shop.ingest_numbers(range(5))["state"] == "succeeded"
        assert shop.matches(jpeg(3))[0]["sku"] == "3"
        assert [process.poll() for process in processes] == [None] * len(PROGRAMS)
