"""Lets imports go first: the scale of scores and the duplicates would take a core from them."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from threading import Lock

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from core.jobs import Job, JobKind
from core.pipelines.services import Services
from core.similar import Update
from core.storage import Collection

MAX_WAIT_S = 60
OVERDUE_S = 15 * 60
"""If duplicates were found so long ago, or never, an update waits for imports only a minute; so it
does if the scale is that of other vectors, since scores then mean nothing."""
_LOWER = 9
"""About an eighth of the CPU time of other threads of the process that need it."""


def waits_for_imports(job: Job, collection: Collection, services: Services) -> bool:
    """Return whether an update should wait because images of any collection are being imported.

    An overdue one waits no longer than a minute, however many imports follow.
    """
    if not imports_run(services):
        return False
    return _seconds_since(job.started_at) < MAX_WAIT_S or not _is_overdue(collection, services)


def is_left_to_later(job: Job, collection: Collection, services: Services) -> bool:
    """Return whether a later update of the collection does what is left of this one.

    That update reads all vectors after this one was requested. An overdue one leaves nothing, since
    there may always be a later one.
    """
    updates = services.ledger.open_jobs_of(collection.name, JobKind.UPDATE_SIMILAR)
    has_later = any(other.sequence > job.sequence for other in updates)
    return has_later and not _is_overdue(collection, services)


def imports_run(services: Services) -> bool:
    """Return whether images of any collection are being imported."""
    return any(map(_has_images_left, services.ledger.open_jobs()))


def compute_gently(compute: Callable[[], Update], services: Services) -> Update:
    """Compute lists in a thread that gives way; while imports run, only on one core."""
    limit = _ONE_CORE if imports_run(services) else nullcontext()
    with limit, ThreadPoolExecutor(1, initializer=give_way) as pool:
        return pool.submit(compute).result()


class OneCore:
    """Limits the process's matrix products to one core while any thread is in the `with` block.

    `threadpool_limits` itself would keep the limit if two blocks overlapped: the second would
    restore what it found.
    """

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._limits = threadpool_limits(1, user_api="blas")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._limits.restore_original_limits()


_ONE_CORE = OneCore()


def give_way() -> None:
    """Let this thread use little but the CPU time that imports, searches and others leave.

    It is relative, as the whole process may have a low priority. With a much lower one, the thread
    would make the others wait for the interpreter's lock that it holds.
    """
    with suppress(OSError):  # only on Linux does a thread have a priority of its own
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + _LOWER)


def _has_images_left(job: Job) -> bool:
    """Return whether a job is an import that still has images to process."""
    progress = job.progress
    finished = progress.done + progress.skipped + progress.failed
    return job.kind is JobKind.INGEST and (progress.total is None or finished < progress.total)


def _is_overdue(collection: Collection, services: Services) -> bool:
    duplicates = services.duplicates(collection).current()
    scale = services.score_scale(collection).current()
    if duplicates is None or (scale and scale.index != collection.index_name):
        return True
    return _seconds_since(duplicates.found_at) >= OVERDUE_S


def _seconds_since(moment: datetime | None) -> float:
    now = datetime.now(UTC)
    return (now - (moment or now)).total_seconds()
