"""Polls a job until it has ended; survives restarts of the server."""

import time
from collections.abc import Callable
from typing import TypeVar

from lookalike.errors import NotReachable
from lookalike.models import Job

RESTART_GRACE_S = 30.0  # a server that restarts may be unreachable for this long
FIRST_INTERVAL_S, MAX_INTERVAL_S = 0.1, 1.0

J = TypeVar("J", bound=Job)


def poll_until_final(
    job: J, fetch: Callable[[], J], on_progress: Callable[[J], None] | None = None
) -> J:
    """Return the job when it has ended; `on_progress` is called with every state that was polled.

    Raises:
        NotReachable: the server was unreachable for more than `RESTART_GRACE_S`.
    """
    interval = FIRST_INTERVAL_S
    while True:
        if on_progress:
            on_progress(job)
        if job.state.final:
            return job
        time.sleep(interval)
        interval = min(interval * 1.3, MAX_INTERVAL_S)
        job = _fetch_patiently(fetch)


def _fetch_patiently(fetch: Callable[[], J]) -> J:
    deadline = time.monotonic() + RESTART_GRACE_S
    while True:
        try:
            return fetch()
        except NotReachable:
            if time.monotonic() > deadline:
                raise
            time.sleep(MAX_INTERVAL_S)
