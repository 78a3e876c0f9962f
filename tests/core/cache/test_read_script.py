import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis as AsyncRedis

from core.cache import read_script
from core.cache.read_script import ReadScript
from core.connections.redis_client import connect
from core.errors import Unavailable
from tests.support.cached_lists import read_from
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

ECHO = "return ARGV[1]"
STATUS = "return redis.status_reply(ARGV[1])"
MIXED = """
if ARGV[1] == 'bad' then return redis.error_reply('ERR broken') end
if ARGV[1] == 'none' then return false end
return ARGV[1]
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A Redis of its own."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def read(url, tmp_path):
    def read(steps, texts=(ECHO,)):
        """Return what steps return that take a script of each text."""

        def scripts(connection):
            for number, text in enumerate(texts):
                file = tmp_path / f"{number}.lua"
                file.write_text(text)
                yield ReadScript(connection, str(file))

        return read_from(url, lambda connection: steps(*scripts(connection)))

    return read


@asynccontextmanager
async def waiting_scripts(url):
    """Let the scripts that are sent within the block wait until its end."""
    control = AsyncRedis.from_url(url)
    await control.client_pause(60_000, all=False)
    try:
        yield
    finally:
        await control.client_unpause()
        await control.aclose()


def test_concurrent_reads_get_their_own_replies(read):
    async def steps(script):
        return await asyncio.gather(*(script.run(number) for number in range(300)))

    assert read(steps) == [str(number).encode() for number in range(300)]


def test_all_scripts_share_one_connection(url, read):
    async def steps(*scripts):
        return [await script.run("b") for script in scripts]

    with connect(url) as control:
        before = control.info("stats")["total_connections_received"]
        assert read(steps, ["return 'a'", ECHO, "return 'c'"]) == [b"a", b"b", b"c"]
        assert control.info("stats")["total_connections_received"] == before + 1


def test_a_late_reply_never_reaches_the_next_read(url, read, monkeypatch):
    async def steps(script):
        await script.run("before")
        async with waiting_scripts(url):
            with monkeypatch.context() as hasty:
                hasty.setattr(read_script, "TIMEOUT_S", 0.2)
                with pytest.raises(Unavailable) as error:
                    await script.run("late")
        assert str(error.value.__cause__) == f"no reply from Redis at {urlsplit(url).netloc}"
        return [await script.run(text) for text in ("next", "last")]

    assert read(steps) == [b"next", b"last"]


def test_a_late_reply_fails_only_its_own_read(url, read, monkeypatch):
    async def steps(script):
        monkeypatch.setattr(read_script, "TIMEOUT_S", 1)
        await script.run("before")
        async with waiting_scripts(url):
            late = asyncio.create_task(script.run("late"))
            await asyncio.sleep(0.5)  # the age at which the next read is too young to fail
            young = asyncio.create_task(script.run("young"))
            with pytest.raises(Unavailable):
                await late
        return await young

    assert read(steps) == b"young"


def test_a_reply_that_is_no_string_is_never_joined_with_the_next(read):
    async def steps(script):
        replies = await asyncio.gather(*(script.run("5") for _ in "123"), return_exceptions=True)
        return {type(reply) for reply in replies}

    assert read(steps, [STATUS]) == {Unavailable}


def test_a_read_survives_that_redis_closed_the_connection_and_forgot_the_script(url, read):
    async def steps(script):
        await script.run("before")
        with connect(url) as control:
            control.script_flush()
            control.client_kill_filter(_type="normal", skipme=True)
        return await script.run("after")

    assert read(steps) == b"after"


def test_replies_of_any_length_arrive_whole(read):
    texts = ["", "a", "\r\n" * 10, "b" * 5_000_000, "$3\r\nabc\r\n"]

    async def steps(script):
        return await asyncio.gather(*(script.run(text) for text in texts * 2))

    assert read(steps) == [text.encode() for text in texts] * 2


def test_errors_and_missing_values_reach_only_the_reads_that_they_belong_to(read):
    async def steps(script):
        calls = (script.run(text) for text in ("one", "bad", "none", "two"))
        return await asyncio.gather(*calls, return_exceptions=True)

    before, error, missing, after = read(steps, [MIXED])
    assert isinstance(error, Unavailable)
    assert (before, missing, after) == (b"one", None, b"two")
