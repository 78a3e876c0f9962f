"""The servers of the stack, from their start to their end, in the process of the test."""

import time
from collections.abc import Iterator

import psutil
import pytest
import redis

from core.errors import NotFound, Unavailable
from core.settings import Settings
from embedded.processes import SERVERS
from embedded.stack import Stack

pytestmark = pytest.mark.stack


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def stack(settings: Settings, said: list[str]) -> Iterator[Stack]:
    with Stack(settings, say=said.append, only=SERVERS) as stack:
        yield stack


def wait_for(said: list[str], words: str) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for line in said:
            if words in line:
                return line
        time.sleep(0.05)
    raise AssertionError(f"{words!r} was not said: {said}")


def client(settings: Settings) -> redis.Redis:
    return redis.Redis.from_url(settings.redis, socket_timeout=5)


def test_each_part_is_said_in_the_order_of_the_start(stack: Stack, said: list[str]) -> None:
    assert [line.split()[0] for line in said] == ["redis", "cache", "milvus"]


def test_a_killed_part_is_restarted_and_it_is_said(stack: Stack, said: list[str]) -> None:
    before = stack.pids()["cache"]
    stack.kill("cache")
    line = wait_for(said, "cache died (killed by SIGKILL); restarting, log: ")
    assert line.endswith("/logs/cache.log")
    wait_for(said, "cache is up again")
    stack.await_ready("cache")
    assert stack.pids()["cache"] != before


def test_a_part_that_was_stopped_stays_so_until_it_is_started(stack: Stack) -> None:
    stack.stop("milvus")
    assert set(stack.pids()) == {"redis", "cache"}
    stack.start("milvus")
    assert set(stack.pids()) == {"redis", "cache", "milvus"}


def test_an_unknown_part_is_refused_with_the_names_there_are(stack: Stack) -> None:
    with pytest.raises(NotFound, match="'flower' runs here; there are redis, cache, milvus"):
        stack.stop("flower")


def test_nothing_can_be_reached_from_another_machine(stack: Stack) -> None:
    listening = {
        connection.laddr
        for process in map(psutil.Process, stack.pids().values())
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    addresses = {address.ip.removeprefix("::ffff:") for address in listening}
    ports = stack.settings.ports
    assert addresses == {"127.0.0.1"}
    assert {address.port for address in listening} == {ports.redis, ports.cache, ports.milvus}


def test_redis_keeps_what_it_acknowledged_and_evicts_nothing(stack: Stack) -> None:
    with client(stack.settings) as connection:
        said = connection.config_get()
    assert said["appendonly"] == "yes"
    assert said["appendfsync"] == "always"
    assert said["save"] == ""
    assert said["maxmemory-policy"] == "noeviction"


def test_the_cache_writes_nothing_to_the_disk(stack: Stack) -> None:
    with redis.Redis.from_url(stack.settings.cache) as connection:
        connection.set("list", "of a user")
    stack.stop("cache")
    assert list((stack.data / "cache").iterdir()) == []


def test_a_second_start_finds_the_data_of_the_first(settings: Settings) -> None:
    for turn in (1, 2):
        with Stack(settings, only=("redis",)), client(settings) as connection:
            assert connection.incr("turns") == turn


def test_parts_stop_in_the_reverse_of_their_start(settings: Settings, said: list[str]) -> None:
    with Stack(settings, say=said.append, only=SERVERS):
        said.clear()
    assert said == ["milvus stopped", "cache stopped", "redis stopped"]


def test_a_part_that_cannot_start_is_told_with_the_end_of_its_log(settings: Settings) -> None:
    (settings.data / "redis").mkdir(parents=True)
    (settings.data / "redis" / "appendonly.aof").write_bytes(b"not a log of redis\n" * 9)
    with pytest.raises(Unavailable) as failed, Stack(settings, only=("redis",)):
        pass
    line, _, log = str(failed.value).partition("\n")
    assert line.startswith("redis died 3 times at its start; its log ")
    assert "Bad file format reading the append only file" in log


def test_an_error_inside_stops_everything(settings: Settings) -> None:
    def fail() -> None:
        with Stack(settings, only=("redis",)) as stack:
            raise ChildProcessError(stack.pids()["redis"])

    with pytest.raises(ChildProcessError) as raised:
        fail()
    assert not psutil.pid_exists(raised.value.args[0])
