import pytest
from redis import Redis
from redis.exceptions import RedisError

from core.cache.worker_registry import WorkerRegistry
from core.connections.redis_client import CACHE, JOBS, connect, unavailable
from core.errors import Unavailable
from core.jobs import Locks
from tests.support.servers import free_port, redis_server


@pytest.fixture(scope="module")
def server_url(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def protected_url(tmp_path):
    with redis_server(tmp_path) as url:
        with Redis.from_url(url) as admin:
            admin.config_set("requirepass", "s3cret")
        yield url


@pytest.mark.parametrize(
    ("password", "fault"), [("", "requires a password"), (":wrong@", "rejects the password")]
)
def test_a_missing_or_wrong_password_is_told_apart_from_an_outage(protected_url, password, fault):
    with (
        connect(protected_url.replace("://", f"://{password}")) as client,
        pytest.raises(Unavailable, match="LOOKALIKE_CACHE_PASSWORD") as error,
    ):
        WorkerRegistry(client).is_alive("search")
    assert fault in error.value.detail
    assert "LOOKALIKE_REDIS_PASSWORD" not in error.value.detail


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        ("CONFIG SET maxmemory 1", "memory is full"),
        ("REPLICAOF 127.0.0.1 1", "is a replica"),
        ("ACL SETUSER default -set", "lacks the permission"),
    ],
)
def test_a_server_that_refuses_to_write_says_why_in_words(server_url, command, cause):
    with Redis.from_url(server_url) as admin, connect(server_url) as client:
        admin.execute_command(command)
        with pytest.raises(Unavailable, match=cause) as error:
            Locks(client).acquire_interval("sweep", 1)
        for undo in ("CONFIG SET maxmemory 0", "REPLICAOF NO ONE", "ACL SETUSER default +set"):
            admin.execute_command(undo)
    assert "rediss://" not in error.value.detail


def test_sentinels_that_do_not_know_the_master_are_named():
    with (
        connect(f"sentinel://127.0.0.1:{free_port()}/mymaster") as client,
        pytest.raises(Unavailable, match="no Sentinel names a master"),
    ):
        Locks(client).acquire_interval("sweep", 1)


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("redis://127.0.0.1:{port}", "refuses the connection"),
        ("redis://redis.invalid", "name of its host is not known"),
    ],
)
def test_an_outage_names_the_setting_and_the_cause_but_only_its_own_cause_names_the_host(
    url, cause
):
    url = url.format(port=free_port())
    host = url.removeprefix("redis://")
    with connect(url) as client, pytest.raises(Unavailable, match=cause) as error:
        Locks(client).acquire_interval("sweep", 1)
    assert JOBS in error.value.detail
    assert host not in error.value.detail
    assert host.partition(":")[0] in str(error.value.__cause__)


def test_a_server_that_does_not_answer_is_told_with_a_hint_about_tls(tmp_path):
    with redis_server(tmp_path) as url:
        secure = url.replace("redis:", "rediss:")
        with connect(secure, timeout_s=0.5) as client:
            try:
                client.ping()
            except RedisError as exc:
                detail = unavailable(exc, CACHE).detail
    assert CACHE in detail
    assert "TLS" in detail or "rediss://" in detail
