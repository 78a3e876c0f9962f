"""Isolates poison images: a chunk that killed its workers, or met a bug, is ingested item by item.

The ledger counts an attempt before each item is started and clears it when the item succeeds, so
that the next worker knows which item the last one died of.
"""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from core.errors import CoreError
from core.jobs import Job, Outcome
from core.pipelines.ingest.chunk import Chunk, load_chunk
from core.pipelines.ingest.embed import ingest_images
from core.pipelines.services import Heartbeat, Services, StepCancelled

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 2
"""A worker may die by chance once, while it works on an item that is not the cause."""
_one_at_a_time = threading.Lock()
"""The death of one thread's process must not be blamed on an item of another thread."""


class WorkerLost(CoreError):
    """Raised for images whose worker died in every attempt."""

    code = "worker-lost"
    title = "The worker died"


class InternalError(CoreError):
    """Raised for images that hit a bug of ours."""


def embed_one_by_one(job: Job, number: int, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Ingest a chunk like `embed`, but item by item."""
    total = Outcome()
    with _one_at_a_time:
        for part in _split(load_chunk(job, number, services)):
            heartbeat()
            total = _add(total, _attempt_item(job, part, services, heartbeat))
    return total


def quarantine(job: Job, number: int, services: Services) -> Outcome:
    """Return the outcome of a chunk whose workers died even item by item: all images failed."""
    error = WorkerLost("the worker died in every attempt; an image of the same chunk may be why")
    return load_chunk(job, number, services).fail_all(error)


def _split(chunk: Chunk) -> Iterator[Chunk]:
    """Yield single images; those that replace an item's images stay together."""
    images = chunk.images.items()
    for _, group in groupby(images, key=lambda pair: pair[1].sku if pair[1].replace else pair[0]):
        yield replace(chunk, images=dict(group))


def _attempt_item(job: Job, part: Chunk, services: Services, heartbeat: Heartbeat) -> Outcome:
    position = next(iter(part.images))
    if services.ledger.count_attempt(job.id, part.number, position) > MAX_ATTEMPTS:
        return part.fail_all(WorkerLost("the worker died each time it processed this image alone"))
    outcome = _ingest_alone(job, part, services, heartbeat)
    services.ledger.clear_attempts(job.id, part.number, position)
    return outcome


def _ingest_alone(job: Job, part: Chunk, services: Services, heartbeat: Heartbeat) -> Outcome:
    try:
        return ingest_images(job, part, services, heartbeat)
    except (CoreError, StepCancelled):
        raise
    except Exception:
        file = next(iter(part.images.values())).file
        log.exception("job %s chunk %s, %s: a bug", job.id, part.number, file)
        return part.fail_all(InternalError("internal error; see the log of the worker"))


def _add(total: Outcome, outcome: Outcome) -> Outcome:
    return Outcome(
        done=total.done + outcome.done,
        skipped=total.skipped + outcome.skipped,
        updated=total.updated + outcome.updated,
        failures=total.failures + outcome.failures,
    )
