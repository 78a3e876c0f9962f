"""The servers of the stack from start to stop, controlled from the test's process."""

import errno
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from core.connections.sockets import socket_path
from core.errors import NotFound, Unavailable
from core.settings import Settings
from embedded.processes import SERVERS
from embedded.stack import Stack
from tests.embedded.launching import EXIT_S
from tests.support.users import as_nobody

pytestmark = pytest.mark.stack


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def stack(settings: Settings, messages: list[str]) -> Iterator[Stack]:
    with Stack(settings, notify=messages.append, only=SERVERS) as stack:
        yield stack


def wait_for(messages: list[str], words: str) -> str:
    deadline = time.monotonic() + EXIT_S
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


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """An existing data folder that everybody can list, as `mkdir data` creates it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_reaches_no_server_and_reads_no_file(
    public_folder: Path,
) -> None:
    settings = Settings(data=public_folder)
    with Stack(settings, only=SERVERS) as stack:
        with client(settings) as connection:
            connection.set("customer", "ann")
        processes = [psutil.Process(pid) for pid in stack.pids().values()]
        ports = [conn for process in processes for conn in process.net_connections("inet")]
        sockets = [socket_path(stack.data, name) for name in (*SERVERS, "supervisord")]
        assert all(path.is_socket() for path in sockets)
        assert as_nobody(lambda: list(map(try_to_connect, sockets))) == ["EACCES"] * 4
        assert as_nobody(lambda: readable_below(stack.data)) == []
        assert "redis" in readable_below(stack.data)
    assert ports == []


def try_to_connect(path: Path) -> str:
    with socket.socket(socket.AF_UNIX) as client:
        return errno.errorcode.get(client.connect_ex(str(path)), "connected")


def readable_below(folder: Path) -> list[str]:
    return [path.name for path in sorted(folder.rglob("*")) if os.access(path, os.R_OK)]


@pytest.mark.parametrize(
    "command",
    ["CONFIG GET dir", "MODULE LIST", "DEBUG SLEEP 0", "REPLICAOF NO ONE", "SLOWLOG GET",
     "MONITOR", "ACL LIST", "SHUTDOWN"],
)  # fmt: skip
def test_no_client_of_redis_can_change_the_server(servers: Stack, command: str) -> None:
    for url in (servers.settings.redis, servers.settings.cache):
        with redis.Redis.from_url(url) as connection:
            with pytest.raises(redis.ResponseError):
                connection.execute_command(*command.split())
            assert connection.ping()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The servers, for tests that change nothing."""
    settings = Settings(data=tmp_path_factory.mktemp("servers"))
    with Stack(settings, only=("redis", "cache")) as stack:
        yield stack


def test_redis_is_durable_and_evicts_nothing(servers: Stack) -> None:
    configuration = (servers.data / "run" / "supervisord.conf").read_text()
    assert "--appendonly yes --appendfsync always" in configuration
    with client(servers.settings) as connection:
        assert connection.info("persistence")["aof_enabled"] == 1
        assert connection.info("memory")["maxmemory_policy"] == "noeviction"


def test_the_cache_writes_nothing_to_disk(stack: Stack) -> None:
    with redis.Redis.from_url(stack.settings.cache) as connection:
        connection.set("list", "of a user")
    stack.stop("cache")
    assert list((stack.data / "cache").iterdir()) == []


def test_data_survives_a_restart_and_a_power_cut(settings: Settings, messages: list[str]) -> None:
    for count in (1, 2):
        with Stack(settings, messages.append, ("redis",)), client(settings) as connection:
            assert connection.incr("starts") == count
        with (settings.data / "redis" / "appendonly.aof").open("ab") as log:
            log.write(bytes(4096))  # as some file systems do
    assert any("removed 4,096 zero bytes, left by a power cut," in line for line in messages)


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
