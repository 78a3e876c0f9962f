"""The first step of a reindex job: which items are embedded, in which chunks.

The plan is a file of item keys, 32 characters each, so that a chunk reads only its own part.
"""

from core.jobs import Job, Outcome
from core.pipelines.reindex.reconcile import reconcile
from core.pipelines.reindex.shadow_index import is_repair, prepare_index
from core.pipelines.services import Heartbeat, Services

_KEY_LENGTH = 32


def plan(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Create the index and write the keys of the items that go into it.

    Raises:
        Conflict: another job is building an index of it.
    """
    index = prepare_index(job, services)
    services.worker_registry.request_preload(index.encoder)
    collection = services.collection(job)
    if is_repair(job):
        dropped, keys = reconcile(collection, index, services, heartbeat)
    else:
        dropped, keys = 0, list(services.items(collection).keys())
    services.files.write(_path(job), "".join(keys).encode())
    chunks = -(-len(keys) // services.chunk_size)
    return Outcome(chunks=chunks, total=len(keys), result={"dropped": dropped})


def planned_keys(job: Job, chunk: int, services: Services) -> list[str]:
    """Return the item keys of a chunk."""
    size = _KEY_LENGTH * services.chunk_size
    text = services.files.read_range(_path(job), (chunk - 1) * size, size).decode()
    return [text[start : start + _KEY_LENGTH] for start in range(0, len(text), _KEY_LENGTH)]


def drop_plan(job: Job, services: Services) -> None:
    """Delete the plan."""
    services.files.delete(_path(job))


def _path(job: Job) -> str:
    return f"collections/{job.collection}/plans/{job.id}"
