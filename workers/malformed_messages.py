"""Patches kombu's Redis transport to drop malformed messages from other senders.

A message that is not JSON, or not a task, ends the process that receives it and, once redelivered,
the next process that receives it. The patch replaces the message with an empty one, which Celery
deletes.
"""

import json
import logging
from base64 import b64decode
from collections.abc import Collection
from typing import Any
from uuid import uuid4

from kombu.transport.redis import Channel

log = logging.getLogger(__name__)

_PRIORITY_SEPARATOR = Channel.sep.encode()


def install(queues: Collection[str]) -> None:
    """Make kombu check the messages of these queues before it parses them."""
    create = Channel._create_client  # type: ignore[attr-defined]
    names = {name.encode() for name in queues}

    def create_client(channel: Channel, asynchronous: bool = False) -> Any:
        client = create(channel, asynchronous=asynchronous)
        if asynchronous:
            client.set_response_callback("BRPOP", lambda popped: _sanitize(popped, names))
        return client

    Channel._create_client = create_client  # type: ignore[attr-defined]


def _sanitize(popped: Any, queues: set[bytes]) -> tuple[bytes, bytes] | None:
    if not popped:
        return None
    queue, message = popped
    if queue.split(_PRIORITY_SEPARATOR)[0] in queues and not is_task(message):
        log.error("dropped a malformed message of %d bytes from queue %r", len(message), queue)
        message = _empty_message(queue.decode(errors="replace"))
    return queue, message


def is_task(item: bytes) -> bool:
    """Return whether a message is JSON that calls a task with one string, the id of a job."""
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
            and isinstance(headers.get("shadow"), str | None)
            and headers.get("timelimit") in (None, [None, None])
            and kwargs == {}
            and [type(arg) for arg in args] == [str]
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False


def _empty_message(queue: str) -> bytes:
    info = {"exchange": "", "routing_key": queue}
    properties = {"delivery_tag": str(uuid4()), "delivery_info": info, "body_encoding": None}
    return json.dumps({"body": "", "headers": {}, "properties": properties}).encode()
