"""The Celery tasks, one per kind of job; `core.pipelines` does the work."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from importlib import import_module
from typing import Any, cast

from celery.signals import worker_ready

from core.errors import Unavailable
from core.jobs import WORKERS, JobKind, Outcome
from core.observability.metrics import STAGES, STAGES_BY_WORKER, STEPS
from core.pipelines import bulk, ingest, reindex
from core.pipelines.collection_deletion import delete_collection
from core.pipelines.item_index_sync import sync_items
from core.pipelines.verify import verify
from workers.app import app, worker_kind
from workers.dependencies import worker_services
from workers.executor import JobHandler, run_job

log = logging.getLogger(__name__)


def import_and_call(module: str, name: str, *args: Any) -> Outcome:
    """Import a pipeline function only when it is called.

    Some pipeline modules import large libraries, which only worker-train needs.
    """
    function = getattr(import_module(f"core.pipelines.{module}"), name)
    return cast("Outcome", function(*args))


REINDEX = JobHandler(plan=reindex.plan, run_chunk=reindex.embed, finish=reindex.finish)
HANDLERS = {
    JobKind.INGEST: JobHandler(
        plan=ingest.plan,
        run_chunk=ingest.embed,
        isolate=ingest.embed_one_by_one,
        quarantine=ingest.quarantine,
        finish=ingest.finish,
    ),
    JobKind.SYNC_ITEMS: JobHandler(plan=sync_items),
    JobKind.CHANGE_ITEMS: JobHandler(plan=bulk.change_items),
    JobKind.DELETE_ITEMS: JobHandler(plan=bulk.delete_items),
    JobKind.CHANGE_ATTRIBUTES: JobHandler(plan=bulk.change_attributes),
    JobKind.DELETE_COLLECTION: JobHandler(plan=delete_collection),
    JobKind.CHANGE_ENCODER: REINDEX,
    JobKind.REBUILD: REINDEX,
    JobKind.FIT_RECIPE: REINDEX,
    JobKind.VERIFY: JobHandler(plan=verify),
    JobKind.IMPORT_SALES: JobHandler(
        plan=partial(import_and_call, "sales.import_sales", "import_sales")
    ),
    JobKind.DELETE_SALES: JobHandler(plan=partial(import_and_call, "sales.delete", "delete_sales")),
    JobKind.ERASE_USER: JobHandler(plan=partial(import_and_call, "sales.erase", "erase_user")),
    JobKind.TRAIN: JobHandler(
        plan=partial(import_and_call, "train.train", "run_training"),
        run_chunk=partial(import_and_call, "train.sharding", "build_shard"),
        finish=partial(import_and_call, "train.sharding", "publish_shards"),
        has_timeout=False,
    ),
    JobKind.REFILL_LISTS: JobHandler(plan=partial(import_and_call, "train.publish", "refill")),
    JobKind.UPDATE_SIMILAR: JobHandler(
        plan=partial(import_and_call, "similar.update", "update_similar"),
        run_chunk=partial(import_and_call, "similar.update", "complete_update"),
        has_timeout=False,
    ),
}


BULK_THREAD = ThreadPoolExecutor(1, "bulk")
"""Bulk jobs may take minutes: in a thread of their own, they hold up no change of a single item."""
FOLLOW_UP_THREAD = ThreadPoolExecutor(1, "follow-up")
"""Updates of similar lists follow imports, and hold up none in a thread of their own."""
OWN_THREADS = {kind: BULK_THREAD for kind in JobKind if kind.is_bulk}
OWN_THREADS[JobKind.UPDATE_SIMILAR] = FOLLOW_UP_THREAD


def register_task(kind: JobKind, handler: JobHandler) -> None:
    """Register the Celery task of a kind of job."""

    def run(job_id: str) -> None:
        worker = worker_services()
        try:
            enqueue = worker.job_queue.enqueue
            run_job(job_id, handler, worker.services, worker.settings.jobs, enqueue)
        except Unavailable as exc:
            log.warning("job %s waits for the sweeper: %s", job_id, exc)

    def run_in_own_thread(job_id: str) -> None:
        # if this process dies, the message is lost, and the sweeper enqueues the job again
        OWN_THREADS[kind].submit(copy_context().run, run, job_id)

    app.task(name=kind.value)(run_in_own_thread if kind in OWN_THREADS else run)


for _kind, _handler in HANDLERS.items():
    register_task(_kind, _handler)


@worker_ready.connect
def _init_metric_labels(sender: Any, **_: Any) -> None:
    """Start the metrics of this worker's queues at 0: `rate()` ignores a series' first sample."""
    worker = worker_kind(sender)
    work, stages = STAGES_BY_WORKER.get(worker, ("", ()))
    for stage in stages:
        STAGES.labels(work, stage)
    for kind, handler in HANDLERS.items():
        steps = {"plan": handler.plan, "chunk": handler.run_chunk, "end": handler.finish}
        for name, function in steps.items():
            if kind.queue in WORKERS[worker] and function:
                STEPS.labels(kind, name)
