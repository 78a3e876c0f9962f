import pytest
from redis import Redis

from core.connections.redis_client import connect, translate_errors
from core.errors import Unavailable
from tests.support.servers import redis_server


@pytest.fixture
def protected_url(tmp_path):
    with redis_server(tmp_path) as url:
        with Redis.from_url(url) as admin:
            admin.config_set("requirepass", "s3cret")
        yield url


@pytest.mark.parametrize("password", ["", ":wrong@"])
def test_a_rejected_password_is_told_apart_from_an_outage(protected_url, password):
    with (
        connect(protected_url.replace("://", f"://{password}")) as client,
        pytest.raises(Unavailable, match="LOOKALIKE_REDIS_PASSWORD"),
    ):
        translate_errors(client.ping)()
