"""The last step of a reindex job: completes the shadow index, then promotes it."""

import time
from typing import Any

from core.cache.worker_registry import WorkerReport
from core.encoders.catalogue import is_current
from core.errors import Conflict, NotInstalled, Unavailable
from core.jobs import ChangeEncoderArgs, Job, JobKind, Outcome
from core.pipelines.fitting.requests import request_fit
from core.pipelines.reindex.embed import embed_items
from core.pipelines.reindex.overlap import overlap
from core.pipelines.reindex.plan import plan_path
from core.pipelines.reindex.reconcile import repair
from core.pipelines.reindex.shadow_index import is_repair, target_index
from core.pipelines.services import Services, no_heartbeat
from core.pipelines.similar.requests import request_update
from core.pipelines.training_requests import request_training_after_change
from core.storage import Collection, VectorIndex

PRELOAD_TIMEOUT_S = 120
"""Maximum time for search workers to load the encoder."""
_POLL_S = 0.3


def finish(job: Job, services: Services) -> Outcome:
    """Complete the index, promote it, and report its overlap with the previous index.

    Raises:
        Conflict: some stored images could not be embedded; the serving index stays in use.
        NotInstalled: a search worker cannot run the encoder.
    """
    collection = services.collection(job)
    result: dict[str, Any] = {"encoder": collection.encoder.name, **(job.result or {})}
    if _has_nothing_to_build(job, collection):
        return Outcome(result=result | dict(services.items(collection).count()))
    if not is_repair(job):
        if collection.built_by_job != job.id:  # else an earlier run died after the promotion
            collection = _promote(job, collection, services)
        result |= {"encoder": collection.encoder.name, "recipe": collection.encoder.recipe}
        result |= overlap(collection, services)
        request_training_after_change(collection, services)
    counts = services.items(collection).count()
    if job.kind is JobKind.CHANGE_ENCODER:
        request_fit(collection, counts["images"], services)
    request_update(collection.name, services)
    services.files.delete(plan_path(job))
    return Outcome(result=result | dict(counts))


def _has_nothing_to_build(job: Job, collection: Collection) -> bool:
    """Return whether the job decided that the collection needs no other encoder or recipe."""
    if job.kind is JobKind.CHANGE_ENCODER:
        wanted = ChangeEncoderArgs.model_validate(job.args).encoder
        return collection.built_by_job != job.id and is_current(collection.encoder, wanted)
    return job.kind is JobKind.FIT_RECIPE and not job.progress.total


def _promote(job: Job, collection: Collection, services: Services) -> Collection:
    index = target_index(job, collection)
    _complete(job, collection, index, services)
    _wait_for_search_workers(index, services)
    with services.locks.exclusive(collection.name):
        return services.collections.promote_index(collection.name, job.id)


def _complete(job: Job, collection: Collection, index: VectorIndex, services: Services) -> None:
    """Make the index hold a vector for every image of the store, and no other vectors."""
    missing = repair(collection, index, services, no_heartbeat).missing
    items = services.items(collection).by_keys(missing)
    failures = embed_items(collection, index, items, services)
    if failures:
        with services.locks.exclusive(collection.name):
            services.collections.discard_index(collection.name, job.id)
        first = failures[0]
        raise Conflict(
            f"{len(failures)} of the stored images cannot be embedded; the first is view "
            f"{first.view!r} of SKU {first.sku!r} ({first.reason}). The collection keeps its "
            "current vectors. Replace or delete the items these images belong to, then start again"
        )


def _wait_for_search_workers(index: VectorIndex, services: Services) -> None:
    """Wait until all search workers have loaded the encoder, so that no search has to wait."""
    deadline = time.monotonic() + PRELOAD_TIMEOUT_S
    while hosts := _hosts_not_ready(index, services.worker_registry.reports("search")):
        services.worker_registry.request_preload(index.encoder)
        if time.monotonic() > deadline:
            raise Unavailable(f"worker-search on {hosts[0]} has not loaded the encoder yet")
        time.sleep(_POLL_S)


def _hosts_not_ready(index: VectorIndex, workers: list[WorkerReport]) -> list[str]:
    for worker in workers:
        report = worker.encoders[index.encoder.name]
        if report.sha256 != index.encoder.weights or report.weights != "present":
            reason = report.detail or "the weights differ; install the same weights everywhere"
            raise NotInstalled(f"worker-search on {worker.host} cannot run the encoder: {reason}")
    return [worker.host for worker in workers if index.encoder.weights not in worker.loaded]
