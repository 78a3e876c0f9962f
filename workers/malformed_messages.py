"""Keeps messages that nobody of ours has sent from ending a worker.

Celery and kombu end the process over a message that is no JSON, or no call; it is delivered again,
and ends the next. Here such a message is turned into an empty one, which Celery deletes.
"""

import json
import logging
from base64 import b64decode
from collections.abc import Collection
from typing import Any
from uuid import uuid4

from kombu.transport.redis import Channel

log = logging.getLogger(__name__)

_PRIORITY = Channel.sep.encode()
_NOT_OURS = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
Popped = tuple[bytes, bytes] | None
"""A queue, with what lay in it."""


def install(queues: Collection[str]) -> None:
    """Look at what is taken from these queues before kombu does."""
    create = Channel._create_client  # type: ignore[attr-defined]
    names = {name.encode() for name in queues}

    def checked(channel: Channel, asynchronous: bool = False) -> Any:
        client = create(channel, asynchronous=asynchronous)
        if asynchronous:
            client.set_response_callback("BRPOP", lambda popped: _sound(popped, names))
        return client

    Channel._create_client = checked  # type: ignore[attr-defined]


def _sound(popped: Any, queues: set[bytes]) -> Popped:
    if not popped:
        return None
    queue, item = popped
    if queue.split(_PRIORITY)[0] in queues and not is_call(item):
        log.error("dropped a message of %d bytes in queue %r: it is none of ours", len(item), queue)
        item = _empty(queue.decode(errors="replace"))
    return queue, item


def is_call(item: bytes) -> bool:
    """Whether it is a message of ours: JSON that asks for a task with one text, the id of a job."""
    try:
        message = json.loads(item)
        properties, headers = message["properties"], message["headers"]
        args, kwargs, _ = json.loads(b64decode(message["body"], validate=True))
        return (
            isinstance(properties["delivery_tag"], str)
            and isinstance(properties["delivery_info"]["routing_key"], str)
            and properties["body_encoding"] == "base64"
            and message["content-type"] == "application/json"
            and message["content-encoding"] == "utf-8"
            and all(isinstance(headers[name], str) for name in ("task", "id"))
            and headers.get("timelimit") in (None, [None, None])
            and kwargs == {}
            and [type(one) for one in args] == [str]
        )
    except _NOT_OURS:
        return False


def _empty(queue: str) -> bytes:
    info = {"exchange": "", "routing_key": queue}
    properties = {"delivery_tag": str(uuid4()), "delivery_info": info, "body_encoding": None}
    return json.dumps({"body": "", "headers": {}, "properties": properties}).encode()
