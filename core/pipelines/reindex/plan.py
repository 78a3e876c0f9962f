"""The first step of a reindex job: divides the items to embed into chunks.

The plan is a file of item keys, 32 characters each; a chunk reads only its own part of the file.
"""

from core.jobs import Job, Outcome
from core.pipelines.item_cache import write_missing_cards
from core.pipelines.reindex.reconcile import Repair, repair
from core.pipelines.reindex.shadow_index import is_repair, prepare_index
from core.pipelines.services import Heartbeat, Services

_KEY_LENGTH = 32


def plan(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Create the index and write the plan: the keys of the items to embed.

    Raises:
        Conflict: another job is building an index of the collection.
    """
    index = prepare_index(job, services)
    services.worker_registry.request_preload(index.encoder)
    collection = services.collection(job)
    if is_repair(job):
        repaired = repair(collection, index, services, heartbeat)
        write_missing_cards(collection, services, heartbeat)
    else:
        repaired = Repair(missing=list(services.items(collection).keys()))
    keys = repaired.missing
    services.files.write(plan_path(job), "".join(keys).encode())
    chunks = -(-len(keys) // services.chunk_size)
    return Outcome(
        chunks=chunks,
        total=len(keys),
        result={"dropped": repaired.dropped, "corrected": repaired.corrected},
    )


def planned_keys(job: Job, chunk: int, services: Services) -> list[str]:
    """Return the item keys of a chunk."""
    size = _KEY_LENGTH * services.chunk_size
    text = services.files.read_range(plan_path(job), (chunk - 1) * size, size).decode()
    return [text[start : start + _KEY_LENGTH] for start in range(0, len(text), _KEY_LENGTH)]


def plan_path(job: Job) -> str:
    """Return the path of a job's plan in the store."""
    return f"collections/{job.collection}/plans/{job.id}"
