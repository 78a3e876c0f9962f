"""The last step: nothing is missing, the searchers are ready; then the new vectors go into use."""

import time
from typing import Any

from core.cache.worker_registry import WorkerReport
from core.errors import Conflict, NotInstalled, Unavailable
from core.jobs import Job, Outcome
from core.pipelines.reindex.embed import embed_items
from core.pipelines.reindex.overlap import overlap
from core.pipelines.reindex.plan import drop_plan
from core.pipelines.reindex.reconcile import put_right
from core.pipelines.reindex.shadow_index import is_repair, space_of
from core.pipelines.services import Services
from core.storage import Collection, Space

READY_S = 120
"""How long workers that answer searches may take to open the network."""
_LOOK_S = 0.3


def finish(job: Job, services: Services) -> Outcome:
    """Check the vectors, put them into use, and say how far they agree with those before.

    Raises:
        Conflict: pictures of the store could not be embedded; what is in use stays.
        NotInstalled: a worker that answers searches cannot run the network.
        Unavailable: a part does not answer.
    """
    collection = services.collection(job)
    result: dict[str, Any] = {"encoder": collection.encoder.name, **(job.result or {})}
    if not is_repair(job):
        if collection.made_by != job.id:  # else we died after the swap
            collection = _swap(job, collection, services)
        result |= {"encoder": collection.encoder.name} | overlap(collection, services)
    drop_plan(job, services)
    return Outcome(result=result | dict(services.items(collection).count()))


def _swap(job: Job, collection: Collection, services: Services) -> Collection:
    space = space_of(job, collection)
    _complete(job, collection, space, services)
    _wait_for_searchers(space, services)
    with services.locks.changing(collection.name):
        return services.collections.use_beside(collection.name, job.id)


def _complete(job: Job, collection: Collection, space: Space, services: Services) -> None:
    """Every picture of the store has its vector, and nothing else has."""
    _, missing = put_right(collection, space, services)
    items = services.items(collection).by_keys(missing)
    failures = embed_items(collection, space, items, services)
    if failures:
        with services.locks.changing(collection.name):
            services.collections.abandon_beside(collection.name, job.id)
        first = failures[0]
        raise Conflict(
            f"{len(failures)} pictures of the store cannot be embedded, the first is view "
            f"{first.view!r} of sku {first.sku!r} ({first.reason}); the vectors in use stay. "
            "Replace or delete those items and start again"
        )


def _wait_for_searchers(space: Space, services: Services) -> None:
    """No search is to wait for a network to be opened."""
    until = time.monotonic() + READY_S
    while waiting := _not_ready(space, services.presence.reports("search")):
        services.presence.want(space.encoder)
        if time.monotonic() > until:
            raise Unavailable(f"worker-search on {waiting[0]} has not opened the network yet")
        time.sleep(_LOOK_S)


def _not_ready(space: Space, searchers: list[WorkerReport]) -> list[str]:
    for searcher in searchers:
        report = searcher.encoders[space.encoder.name]
        if report.sha256 != space.encoder.weights or report.weights != "present":
            reason = report.detail or "its weights are others"
            raise NotInstalled(f"worker-search on {searcher.host} cannot answer: {reason}")
    return [one.host for one in searchers if space.encoder.weights not in one.loaded]
