from pathlib import Path

import pytest

from core.connections.sockets import socket_folder, socket_path
from core.connections.urls import celery_broker_url
from core.settings import Settings

LONGEST_PATH = 107  # bytes of a unix socket's path in Linux


def test_sockets_are_in_the_data_folder():
    assert socket_path(Path("/srv/shop"), "redis") == Path("/srv/shop/run/redis.sock")
    assert socket_path(Path("shop"), "redis") == Path.cwd() / "shop/run/redis.sock"


@pytest.mark.parametrize(
    "data", [f"/{'long/' * 20}", "/srv/my shop", "/srv/100%", "/srv/é", "/a;b#c"]
)
def test_long_and_special_paths_are_replaced(data):
    path = socket_path(Path(data), "supervisord")
    assert path.parent.parent == Path("/tmp")
    assert len(bytes(path)) <= LONGEST_PATH
    assert path == socket_path(Path(data), "supervisord")
    assert path.parent != socket_folder(Path(data) / "other")


def test_every_library_gets_the_socket_in_its_own_form():
    settings = Settings(data=Path("/srv/shop"))
    assert settings.redis == "unix:///srv/shop/run/redis.sock"
    assert settings.cache == "unix:///srv/shop/run/cache.sock"
    assert settings.milvus == "unix:/srv/shop/run/milvus.sock"
    broker = "redis+socket:///srv/shop/run/redis.sock?virtual_host=0"
    assert celery_broker_url(settings.redis) == (broker, {})


def test_a_socket_of_your_own_redis_may_have_a_password_and_a_database():
    settings = Settings(redis_url="unix:///run/redis.sock?db=3", redis_password="a/b")
    broker, _ = celery_broker_url(settings.redis)
    assert broker == "redis+socket://:a%2Fb@/run/redis.sock?virtual_host=3"
