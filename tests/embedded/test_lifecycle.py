"""The servers of the stack from start to stop, controlled from the test's process."""

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
def messages() -> list[str]:
    return []


@pytest.fixture
def stack(settings: Settings, messages: list[str]) -> Iterator[Stack]:
    with Stack(settings, notify=messages.append, only=SERVERS) as stack:
        yield stack


def wait_for(messages: list[str], words: str) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for line in messages:
            if words in line:
                return line
        time.sleep(0.05)
    raise AssertionError(f"{words!r} is not in {messages}")


def client(settings: Settings) -> redis.Redis:
    return redis.Redis.from_url(settings.redis, socket_timeout=5)


def test_ready_processes_are_reported_in_start_order(stack: Stack, messages: list[str]) -> None:
    assert [line.split()[0] for line in messages] == ["redis", "cache", "milvus"]


def test_a_killed_process_is_restarted_and_reported(stack: Stack, messages: list[str]) -> None:
    before = stack.pids()["cache"]
    stack.kill("cache")
    line = wait_for(messages, "cache exited unexpectedly (killed by SIGKILL); restarting; see ")
    assert line.endswith("/logs/cache.log")
    wait_for(messages, "cache is ready again")
    stack.await_ready("cache")
    assert stack.pids()["cache"] != before


def test_a_stopped_process_stays_down_until_it_is_started(stack: Stack) -> None:
    stack.stop("milvus")
    assert set(stack.pids()) == {"redis", "cache"}
    stack.start("milvus")
    assert set(stack.pids()) == {"redis", "cache", "milvus"}


def test_an_unknown_process_is_refused_with_a_list_of_the_names(stack: Stack) -> None:
    with pytest.raises(NotFound, match="no process 'flower'; choose one of redis, cache, milvus"):
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


def test_redis_is_durable_and_evicts_nothing(stack: Stack) -> None:
    with client(stack.settings) as connection:
        config = connection.config_get()
    assert config["appendonly"] == "yes"
    assert config["appendfsync"] == "always"
    assert config["save"] == ""
    assert config["maxmemory-policy"] == "noeviction"


def test_the_cache_writes_nothing_to_disk(stack: Stack) -> None:
    with redis.Redis.from_url(stack.settings.cache) as connection:
        connection.set("list", "of a user")
    stack.stop("cache")
    assert list((stack.data / "cache").iterdir()) == []


def test_data_survives_a_restart(settings: Settings) -> None:
    for count in (1, 2):
        with Stack(settings, only=("redis",)), client(settings) as connection:
            assert connection.incr("starts") == count


def test_processes_stop_in_reverse_order(settings: Settings, messages: list[str]) -> None:
    with Stack(settings, notify=messages.append, only=SERVERS):
        messages.clear()
    assert messages == ["milvus stopped", "cache stopped", "redis stopped"]


def test_a_process_that_cannot_start_is_reported_with_the_end_of_its_log(
    settings: Settings,
) -> None:
    (settings.data / "redis").mkdir(parents=True)
    (settings.data / "redis" / "appendonly.aof").write_bytes(b"not a log of redis\n" * 9)
    with pytest.raises(Unavailable) as failed, Stack(settings, only=("redis",)):
        pass
    line, _, log = str(failed.value).partition("\n")
    assert line.startswith("redis exited 3 times while starting; the end of its log ")
    assert "Bad file format reading the append only file" in log


def test_an_error_inside_the_with_block_stops_everything(settings: Settings) -> None:
    def fail() -> None:
        with Stack(settings, only=("redis",)) as stack:
            raise ChildProcessError(stack.pids()["redis"])

    with pytest.raises(ChildProcessError) as raised:
        fail()
    assert not psutil.pid_exists(raised.value.args[0])
