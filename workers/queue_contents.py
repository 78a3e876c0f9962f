"""Reads which jobs have a message on a Celery queue."""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable

from workers.malformed_messages import is_task


def count_messages(messages: Iterable[bytes]) -> Counter[str]:
    """Count the messages of each job on a queue; ignore malformed messages."""
    return Counter(_job_id(message) for message in messages if is_task(message))


def _job_id(message: bytes) -> str:
    (job_id,), *_ = json.loads(b64decode(json.loads(message)["body"]))
    return str(job_id)
