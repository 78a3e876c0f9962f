"""Isolates poison images: a chunk that killed its workers, or hit a bug, is ingested item by item.

The ledger counts an attempt before each item and clears the count when the item succeeds; the
next worker therefore knows which item killed the previous one.
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from core.errors import CoreError
from core.jobs import Job, Outcome
from core.pipelines.ingest.chunk import Chunk, load_chunk
from core.pipelines.ingest.embed import ingest_images
from core.pipelines.services import Heartbeat, Services, StepCancelled

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 2
"""A worker may die once for another reason than its current item."""
_one_at_a_time = threading.Lock()
"""Lets one thread work at a time: if the process dies, the current item of this thread is why."""


class WorkerLost(CoreError):
    """Recorded for images that killed the worker in every attempt."""

    code = "worker-lost"
    title = "The worker died"


def embed_one_by_one(job: Job, number: int, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Ingest a chunk like `embed`, but item by item."""
    outcomes: list[Outcome] = []
    with _one_at_a_time:
        for part in _split(load_chunk(job, number, services)):
            heartbeat()
            outcomes.append(_attempt_item(job, part, services, heartbeat))
    return Outcome(
        done=sum(outcome.done for outcome in outcomes),
        skipped=sum(outcome.skipped for outcome in outcomes),
        updated=sum(outcome.updated for outcome in outcomes),
        image_problems=dict(
            sum((Counter(outcome.image_problems) for outcome in outcomes), Counter())
        ),
        failures=tuple(failure for outcome in outcomes for failure in outcome.failures),
    )


def quarantine(job: Job, number: int, services: Services) -> Outcome:
    """Fail all images of a chunk that killed its workers even when ingested item by item."""
    error = WorkerLost(
        "the worker died in every attempt, perhaps because of another image that was processed "
        "together with this one; upload this image again"
    )
    return load_chunk(job, number, services).fail_all(error)


def _split(chunk: Chunk) -> Iterator[Chunk]:
    for position, image in chunk.images.items():
        yield replace(chunk, images={position: image})


def _attempt_item(job: Job, part: Chunk, services: Services, heartbeat: Heartbeat) -> Outcome:
    position = next(iter(part.images))
    if services.ledger.count_attempt(job.id, part.number, position) > MAX_ATTEMPTS:
        error = WorkerLost("the worker died each time it processed this image; use another file")
        return part.fail_all(error)
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
        log.exception("job %s chunk %s, %s: unexpected error", job.id, part.number, file)
        return part.fail_all(CoreError("internal error; see the log of the worker"))
