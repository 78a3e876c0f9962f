import asyncio

import pytest
from redis.asyncio import Redis as AsyncRedis

from core.cache import read_script
from core.cache.read_script import ReadScript
from core.connections.redis_client import connect, connect_async
from core.errors import Unavailable
from tests.support.event_loops import in_event_loop
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

ECHO = "return ARGV[1]"


@pytest.fixture
def url(tmp_path):
    """A Redis of its own; scripts echo their argument."""
    (tmp_path / "echo.lua").write_text(ECHO)
    with redis_server(tmp_path / "redis") as url:
        yield url


@pytest.fixture
def echo(tmp_path):
    def make(url):
        return ReadScript(connect_async(url, timeout_s=None), str(tmp_path / "echo.lua"))

    return make


def test_concurrent_reads_get_their_own_replies(url, echo):
    async def read():
        script = echo(url)
        replies = await asyncio.gather(*(script.run(number) for number in range(300)))
        await script.close()
        return replies

    assert in_event_loop(read) == [str(number).encode() for number in range(300)]


def test_a_late_reply_never_reaches_the_next_read(url, echo, monkeypatch):
    async def read():
        script, control = echo(url), AsyncRedis.from_url(url)
        await script.run("before")
        await control.client_pause(60_000, all=False)  # scripts wait
        with monkeypatch.context() as hasty:
            hasty.setattr(read_script, "TIMEOUT_S", 0.2)
            with pytest.raises(Unavailable):
                await script.run("late")
        await control.client_unpause()
        await control.ping()
        replies = [await script.run(text) for text in ("next", "last")]
        await script.close()
        await control.aclose()
        return replies

    assert in_event_loop(read) == [b"next", b"last"]


def test_a_read_survives_that_redis_closed_the_connection_and_forgot_the_script(url, echo):
    async def read():
        script = echo(url)
        await script.run("before")
        with connect(url) as control:
            control.script_flush()
            control.client_kill_filter(_type="normal", skipme=True)
        reply = await script.run("after")
        await script.close()
        return reply

    assert in_event_loop(read) == b"after"
