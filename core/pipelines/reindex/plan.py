"""The first step: which items are to be embedded, in which chunks.

The plan is a file of item keys, 32 characters each, so that a chunk reads its own part of it.
"""

from core.jobs import Job, Outcome
from core.pipelines.reindex.reconcile import put_right
from core.pipelines.reindex.shadow_index import begin, is_repair
from core.pipelines.services import Report, Services

_KEY = 32


def plan(job: Job, services: Services, report: Report) -> Outcome:
    """Make the space, and write down what goes into it.

    Raises:
        NotFound: the collection is gone.
        Conflict: another job makes vectors of it.
    """
    space = begin(job, services)
    services.presence.want(space.encoder)
    collection = services.collection(job)
    if is_repair(job):
        dropped, keys = put_right(collection, space, services, report)
    else:
        dropped, keys = 0, list(services.items(collection).keys())
    services.files.write(_path(job), "".join(keys).encode())
    chunks = -(-len(keys) // services.chunk)
    return Outcome(chunks=chunks, total=len(keys), result={"dropped": dropped})


def planned(job: Job, chunk: int, services: Services) -> list[str]:
    """The item keys of a chunk."""
    size = _KEY * services.chunk
    text = services.files.read_range(_path(job), (chunk - 1) * size, size).decode()
    return [text[at : at + _KEY] for at in range(0, len(text), _KEY)]


def drop_plan(job: Job, services: Services) -> None:
    """Remove the plan."""
    services.files.delete(_path(job))


def _path(job: Job) -> str:
    return f"collections/{job.collection}/plans/{job.id}"
