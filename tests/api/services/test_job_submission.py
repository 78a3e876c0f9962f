"""Messages to the workers, read from the queue."""

import json

import pytest

from api.services.job_submission import Dispatcher
from core.connections.redis_client import connect
from core.jobs import Ledger
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack


def test_a_search_message_has_no_expiry_so_that_clocks_may_differ(tmp_path):
    with redis_server(tmp_path / "redis") as url:
        redis = connect(url)
        Dispatcher(url, Ledger(redis)).enqueue_search("request-id")
        headers = json.loads(redis.lindex("search", 0))["headers"]
    assert (headers["task"], headers["eta"], headers["expires"]) == ("search", None, None)
