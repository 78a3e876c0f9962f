"""Keeps a worker alive when Redis blinks while a task is in flight.

Celery 5.7.0 closes a channel of a lost connection twice; the second time the channel has no
transport, and the AttributeError ends the process. The message is redelivered in any case.
To be dropped with the first version that passes the test without it.
"""

import functools
import logging
from collections.abc import Callable
from typing import Any

from kombu.connection import Connection
from kombu.message import Message

log = logging.getLogger(__name__)


def install() -> None:
    """Let closing and acknowledging on a dead channel pass."""
    for owner, name in (
        (Connection, "maybe_close_channel"),
        (Message, "ack_log_error"),
        (Message, "reject_log_error"),
    ):
        setattr(owner, name, _quiet(getattr(owner, name)))


def _quiet(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except AttributeError:
            log.warning("%s on a dead channel; the message will come again", call.__name__)
            return None

    return guarded
