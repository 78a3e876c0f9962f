"""Malformed queue messages: workers survive them, and the jobs queued behind them are done."""

import base64
import json
import pickle

import pytest

from core.connections.redis_client import connect
from tests.support.images import jpeg
from tests.support.shop_client import Shop, eventually
from tests.support.stack_settings import worker_pids
from workers.malformed_messages import is_task

pytestmark = pytest.mark.stack


def make_message(body=None, headers=None, *, kind="application/json", **properties):
    """Return a message as Celery sends it, with some of its parts replaced."""
    task = {"task": "ingest", "id": "malformed", "lang": "py"}
    body = json.dumps([["x"], {}, {}]).encode() if body is None else body
    message = {
        "body": base64.b64encode(body).decode(),
        "content-encoding": "utf-8",
        "content-type": kind,
        "headers": task if headers is None else headers,
        "properties": {
            "body_encoding": "base64",
            "delivery_tag": "malformed",
            "delivery_info": {"exchange": "", "routing_key": "embed"},
            **properties,
        },
    }
    return json.dumps(message).encode()


QUEUES = ("embed", "train", "sync")
COMPLETE = make_message()
MALFORMED = {
    "nothing": b"",
    "not JSON": b"\xff\xfehello",
    "a truncated message": COMPLETE[:-9],
    "a list": b"[]",
    "a number": b"17",
    "no properties": json.dumps({"body": "e30=", "headers": {}}).encode(),
    "not base64": COMPLETE.replace(b'"body": "', b'"body": "\\u00e4'),
    "a body that is not a call": make_message(b'{"a": 1}'),
    "a body that is not JSON": make_message(b"\x80\x81"),
    "a pickle": make_message(pickle.dumps([(), {}, {}]), kind="application/x-python-serialize"),
    "an unknown body encoding": make_message(body_encoding="rot13"),
    "an unknown task": make_message(headers={"task": "os.system", "id": "malformed"}),
    "no task": make_message(headers={}),
    "a shown name that is no text": make_message(
        headers={"task": "ingest", "id": "malformed", "shadow": {}}
    ),
    "wrong arguments": make_message(b'[["a", "b", "c"], {"d": 1}, {}]'),
    "no such job": COMPLETE,
}


@pytest.fixture
def shop(stack):
    with Shop(stack.url, "behind-malformed") as shop:
        shop.create()
        yield shop


def test_malformed_messages_stop_no_worker_and_the_job_behind_them_is_done(stack, shop):
    before, redis = worker_pids(stack), connect(stack.settings.redis)
    for queue in QUEUES:
        redis.rpush(queue, *MALFORMED.values())  # the end that workers read from
    assert shop.ingest_numbers([1])["state"] == "succeeded"
    assert shop.matches(jpeg(1))[0]["sku"] == "1"
    eventually(lambda: [redis.llen(queue) for queue in QUEUES] == [0, 0, 0])
    assert worker_pids(stack) == before


@pytest.mark.parametrize("kind", MALFORMED)
def test_only_messages_that_celery_itself_can_reject_count_as_tasks(kind):
    assert is_task(MALFORMED[kind]) is (kind in {"an unknown task", "no such job"})
