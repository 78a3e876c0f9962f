"""Requests updates of similar lists; changes that come in together lead to one update."""

from core.jobs import Delay, JobKind, JobState, NewJob
from core.pipelines.services import Services

QUIET_S = 5
MAX_DELAY_S = 600
_PUT_OFF = Delay(QUIET_S, MAX_DELAY_S)


def request_update(collection: str, services: Services, *, at_once: bool = True) -> None:
    """Request an update of the lists, after vectors were written or right before.

    Unless it starts at once, the update waits until no other change has come in for a while. An
    update compares the lists with the vectors that are there when it starts, so a request that
    comes later never counts as done by a running update.
    """
    new = NewJob(kind=JobKind.UPDATE_SIMILAR, collection=collection)
    services.job_queue.submit_once(new, None if at_once else _PUT_OFF)


def start_update(collection: str, services: Services) -> None:
    """Start the collection's update if it was put off, and all updates that wait for imports.

    Those wait for the imports of all collections, and would otherwise go on only when the sweeper
    finds them.
    """
    for job in services.ledger.open_jobs():
        if job.kind is not JobKind.UPDATE_SIMILAR:
            continue
        if job.state is JobState.RUNNING:
            services.job_queue.enqueue(job)
        elif job.is_put_off and job.collection == collection:
            request_update(collection, services)


def _is_lost(name: str, version: str, services: Services) -> bool:
    return services.similar.live(name) != version or services.item_cache.live(name) is None


def resume_updates(services: Services) -> list[str]:
    """Request an update of all lists that the cache lacks; return the names of the collections."""
    lost = [
        collection.name
        for collection in services.collections.active()
        if not services.ledger.open_jobs_of(collection.name, JobKind.UPDATE_SIMILAR)
        and (version := services.similar_lists(collection).version())
        and _is_lost(collection.name, version.id, services)
    ]
    for name in lost:
        request_update(name, services)
    return lost
