"""Sends task messages to the queues."""

from kombu.exceptions import OperationalError

from core.errors import Unavailable
from core.observability.tracing import inject
from workers.app import app


def send_task(task: str, argument: str, queue: str) -> None:
    """Send a message.

    Raises:
        Unavailable: the queue cannot be reached.
    """
    try:
        app.send_task(task, args=[argument], queue=queue, headers=inject())
    except OperationalError as exc:
        raise Unavailable(f"the job queue is unavailable: {exc}") from exc
