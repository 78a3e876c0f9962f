"""Messages that nobody of ours sends: a worker survives them, and the work behind them is done."""

import base64
import json
import pickle

import pytest

from core.connections.redis_client import connect
from tests.support.images import jpeg
from tests.support.shop_client import Shop, eventually
from tests.support.stack_settings import workers_of
from workers.malformed_messages import is_call

pytestmark = pytest.mark.stack


def message(body=None, headers=None, *, kind="application/json", **properties):
    """One as Celery sends it, with something of ours in it."""
    task = {"task": "ingest", "id": "garbage", "lang": "py"}
    return {
        "body": base64.b64encode(json.dumps([["x"], {}, {}]).encode() if body is None else body),
        "content-encoding": "utf-8",
        "content-type": kind,
        "headers": task if headers is None else headers,
        "properties": {
            "body_encoding": "base64",
            "delivery_tag": "garbage",
            "delivery_info": {"exchange": "", "routing_key": "embed"},
            **properties,
        },
    }


def raw(made):
    return json.dumps(made | {"body": made["body"].decode()}).encode()


QUEUES = ("embed", "train", "search")
WHOLE = raw(message())
GARBAGE = {
    "nothing": b"",
    "not JSON": b"\xff\xfehello",
    "a cut message": WHOLE[:-9],
    "a list": b"[]",
    "a number": b"17",
    "no properties": json.dumps({"body": "e30=", "headers": {}}).encode(),
    "not base64": WHOLE.replace(b'"body": "', b'"body": "\\u00e4'),
    "a body that is no call": raw(message(b'{"a": 1}')),
    "a body that is no JSON": raw(message(b"\x80\x81")),
    "a pickle": raw(message(pickle.dumps([(), {}, {}]), kind="application/x-python-serialize")),
    "another encoding of the body": raw(message(body_encoding="rot13")),
    "an unknown task": raw(message(headers={"task": "os.system", "id": "garbage"})),
    "no task": raw(message(headers={})),
    "wrong arguments": raw(message(b'[["a", "b", "c"], {"d": 1}, {}]')),
    "no such job": WHOLE,
}


@pytest.fixture
def shop(own_stack):
    with Shop(own_stack.url, "behind-garbage") as shop:
        shop.create()
        yield shop


def test_messages_of_garbage_stop_nobody_and_the_job_behind_them_is_done(own_stack, shop):
    before, redis = workers_of(own_stack), connect(own_stack.settings.redis)
    for queue in QUEUES:
        redis.rpush(queue, *GARBAGE.values())  # the end that is taken from
    assert shop.ingest_numbers([1])["state"] == "succeeded"
    assert shop.found(jpeg(1))[0]["sku"] == "1"
    eventually(lambda: [redis.llen(queue) for queue in QUEUES] == [0, 0, 0])
    assert workers_of(own_stack) == before


@pytest.mark.parametrize("kind", GARBAGE)
def test_a_message_of_garbage_is_no_call_or_one_that_celery_answers(kind):
    assert is_call(GARBAGE[kind]) is (kind in {"an unknown task", "no such job"})
