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


def test_a_late_reply_fails_only_its_own_read(url, echo, monkeypatch):
    async def read():
        monkeypatch.setattr(read_script, "TIMEOUT_S", 1)
        script, control = echo(url), AsyncRedis.from_url(url)
        await script.run("before")
        await control.client_pause(60_000, all=False)
        late = asyncio.create_task(script.run("late"))
        await asyncio.sleep(0.5)  # the age at which the next read is too young to fail
        young = asyncio.create_task(script.run("young"))
        with pytest.raises(Unavailable):
            await late
        await control.client_unpause()
        reply = await young
        await script.close()
        await control.aclose()
        return reply

    assert in_event_loop(read) == b"young"


def test_a_reply_that_is_no_string_is_never_joined_with_the_next(url, tmp_path):
    (tmp_path / "status.lua").write_text("return redis.status_reply(ARGV[1])")

    async def read():
        script = ReadScript(connect_async(url, timeout_s=None), str(tmp_path / "status.lua"))
        replies = await asyncio.gather(*(script.run("5") for _ in "123"), return_exceptions=True)
        await script.close()
        return {type(reply) for reply in replies}

    assert in_event_loop(read) == {Unavailable}


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


def test_replies_of_any_length_arrive_whole(url, echo):
    texts = ["", "a", "\r\n" * 10, "b" * 5_000_000, "$3\r\nabc\r\n"]

    async def read():
        script = echo(url)
        replies = await asyncio.gather(*(script.run(text) for text in texts * 2))
        await script.close()
        return replies

    assert in_event_loop(read) == [text.encode() for text in texts] * 2


def test_errors_and_missing_values_reach_only_the_reads_that_they_belong_to(url, tmp_path):
    (tmp_path / "mixed.lua").write_text(
        "if ARGV[1] == 'bad' then return redis.error_reply('ERR broken') end "
        "if ARGV[1] == 'none' then return false end return ARGV[1]"
    )

    async def read():
        script = ReadScript(connect_async(url, timeout_s=None), str(tmp_path / "mixed.lua"))
        calls = (script.run(text) for text in ("one", "bad", "none", "two"))
        replies = await asyncio.gather(*calls, return_exceptions=True)
        await script.close()
        return replies

    before, error, missing, after = in_event_loop(read)
    assert isinstance(error, Unavailable)
    assert (before, missing, after) == (b"one", None, b"two")
