"""A chunk that killed its workers, or met a bug: taken apart, and only the cause is set aside.

Before an item is begun, the ledger counts the attempt, and forgets it when the item is through;
so whoever comes after a death knows what it died of.
"""

import logging
import threading
from collections.abc import Iterator
from itertools import groupby

from core.errors import CoreError
from core.jobs import Job, Outcome
from core.pipelines.ingest.embed import Placed, entries_of, failure, take_in
from core.pipelines.services import Report, Services, Stopped

log = logging.getLogger(__name__)

ATTEMPTS = 2
"""A worker may die by chance once, beside an item that did nothing."""
_one_at_a_time = threading.Lock()
"""What dies in one thread of a process must not be blamed on what is tried in another."""


class WorkerLost(CoreError):
    """Raised for pictures whose worker died every time they were tried."""

    code = "worker-lost"
    title = "The worker died"


class Bug(CoreError):
    """Raised for pictures that met a mistake of ours."""


def embed_one_by_one(job: Job, chunk: int, services: Services, report: Report) -> Outcome:
    """Take a chunk in like `embed`, but an item at a time. Raises: as `embed`."""
    whole = Outcome()
    with _one_at_a_time:
        for placed in _apart(entries_of(job, chunk, services)):
            report()
            whole = _sum(whole, _tried(job, chunk, placed, services, report))
    return whole


def _tried(
    job: Job, chunk: int, placed: list[Placed], services: Services, report: Report
) -> Outcome:
    place = placed[0][0]
    if services.ledger.attempt(job.id, chunk, place) > ATTEMPTS:
        lost = WorkerLost("its worker died each time that it was tried by itself")
        return _failed(placed, chunk, lost)
    outcome = _alone(job, chunk, placed, services, report)
    services.ledger.survived(job.id, chunk, place)
    return outcome


def set_aside(job: Job, chunk: int, services: Services) -> Outcome:
    """What a chunk comes to whose workers died whatever was done."""
    lost = WorkerLost("its worker died every time; one of its chunk may be the cause")
    return _failed(entries_of(job, chunk, services), chunk, lost)


def _apart(placed: list[Placed]) -> Iterator[list[Placed]]:
    """Single pictures; those that replace an item's pictures stay together."""
    for _, group in groupby(placed, key=lambda one: one[1].sku if one[1].replace else one[0]):
        yield list(group)


def _alone(
    job: Job, chunk: int, placed: list[Placed], services: Services, report: Report
) -> Outcome:
    try:
        return take_in(job, chunk, placed, services, report)
    except (CoreError, Stopped):
        raise
    except Exception:
        log.exception("job %s chunk %s, %s: a bug", job.id, chunk, placed[0][1].file)
        return _failed(placed, chunk, Bug("internal error; the log of the worker has it"))


def _failed(placed: list[Placed], chunk: int, error: CoreError) -> Outcome:
    return Outcome(failures=tuple(failure(entry, error, (chunk, place)) for place, entry in placed))


def _sum(one: Outcome, other: Outcome) -> Outcome:
    return Outcome(
        done=one.done + other.done,
        skipped=one.skipped + other.skipped,
        updated=one.updated + other.updated,
        failures=one.failures + other.failures,
    )
