"""What is sent to the workers, read from the queue."""

import json

import pytest

from api.services.job_submission import Dispatcher
from core.connections.redis_client import connect
from core.jobs import Ledger
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack


def test_a_question_says_no_time_so_that_clocks_may_be_apart(tmp_path):
    with redis_server(tmp_path / "redis") as url:
        redis = connect(url)
        Dispatcher(url, Ledger(redis)).ask("a-question")
        headers = json.loads(redis.lindex("search", 0))["headers"]
    assert (headers["task"], headers["eta"], headers["expires"]) == ("search", None, None)
