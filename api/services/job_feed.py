"""Polls the job ledger once for all event streams, however many clients watch jobs."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.concurrency import run_in_threadpool

from core.errors import Unavailable
from core.jobs import Job, Ledger

POLL_INTERVAL_S = 0.5
_NEWEST = 10  # jobs that may start and end between two polls


def current_jobs(ledger: Ledger) -> dict[str, Job]:
    """Return all open jobs and the newest jobs, keyed by ID."""
    newest, _ = ledger.page(limit=_NEWEST)
    return {job.id: job for job in (*newest, *ledger.open_jobs())}


class JobFeed:
    """Holds the watched jobs as of the latest poll; for the coroutines of one event loop."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._watched: Counter[str | None] = Counter()
        self._jobs: dict[str, Job] = {}
        self._error: Unavailable | None = None
        self._polled_at = -math.inf
        self._lock = asyncio.Lock()

    @contextmanager
    def watch(self, job_id: str | None = None) -> Iterator[None]:
        """Poll a job, or by default all open and recent jobs, while the `with` block runs."""
        self._watched[job_id] += 1
        try:
            yield
        finally:
            self._watched[job_id] -= 1
            self._watched += Counter()  # keeps positive counts only

    async def jobs(self) -> dict[str, Job]:
        """Return the watched jobs by ID, polled at most half a second ago.

        A job that has not changed is the same object as before. A job that has ended since the
        previous poll is included one last time.

        Raises:
            Unavailable: Redis did not respond to the poll.
        """
        async with self._lock:
            if time.monotonic() - self._polled_at >= POLL_INTERVAL_S:
                await self._poll()
        if self._error:
            raise self._error
        return self._jobs

    async def _poll(self) -> None:
        try:
            self._jobs, self._error = await run_in_threadpool(self._read), None
        except Unavailable as exc:
            self._error = exc
        self._polled_at = time.monotonic()

    def _read(self) -> dict[str, Job]:
        jobs = current_jobs(self._ledger) if self._watched[None] else {}
        ended = {job.id for job in self._jobs.values() if not job.state.final}
        ids = (ended | {id for id in self._watched if id}) - jobs.keys()
        jobs |= {job.id: job for job in self._ledger.find_all(sorted(ids))}
        return {
            id: self._jobs[id] if self._jobs.get(id) == job else job for id, job in jobs.items()
        }
