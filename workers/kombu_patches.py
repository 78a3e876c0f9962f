"""Patches kombu 5.7 to let workers survive a brief outage of Redis while a task is in flight.

Celery 5.7.0 closes a channel of a lost connection twice; the second time the channel has no
transport, and the AttributeError ends the process. The message is redelivered in any case.
Remove this patch once a version of Celery passes the test without the patch.
"""

import functools
import logging
from collections.abc import Callable
from typing import Any

from kombu.connection import Connection
from kombu.message import Message

log = logging.getLogger(__name__)


def install() -> None:
    """Make kombu ignore errors when it closes a dead channel or acknowledges a message on it."""
    for owner, name in (
        (Connection, "maybe_close_channel"),
        (Message, "ack_log_error"),
        (Message, "reject_log_error"),
    ):
        setattr(owner, name, _ignore_dead_channel(getattr(owner, name)))


def _ignore_dead_channel(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except AttributeError:
            log.warning("%s on a dead channel; the message will be redelivered", call.__name__)
            return None

    return wrapper
