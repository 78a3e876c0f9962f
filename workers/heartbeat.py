"""Registers a worker as alive once it is ready, publishes its report and metrics, and preloads."""

import logging
import os
import socket
import threading
from contextlib import suppress
from typing import Any

from celery.signals import worker_ready

from core.cache.worker_registry import WorkerReport
from core.errors import Conflict, CoreError, NotInstalled
from workers.background_threads import run_every
from workers.dependencies import worker_services

log = logging.getLogger(__name__)

ALIVE_S = 15
"""A worker counts as dead this long after its last heartbeat."""
INTERVAL_S = ALIVE_S / 5


@worker_ready.connect
def start(sender: Any, **_: Any) -> None:
    """Start the threads, once the worker takes messages."""
    queues = list(sender.app.amqp.queues.consume_from)
    threading.Thread(target=_warm_up, args=(queues,), daemon=True).start()


def _warm_up(queues: list[str]) -> None:
    """Load what the first task would have to wait for; only then report this worker as alive."""
    if "train" not in queues:
        try:
            worker_services().encoders.default()
        except CoreError as exc:
            log.critical("not ready: %s", exc)
            return
        probe = worker_services().milvus_probe
        probe.refresh()  # once before the first report
        run_every(INTERVAL_S, probe.refresh)
    run_every(INTERVAL_S, lambda: send_heartbeat(queues))
    if "search" in queues:
        run_every(INTERVAL_S, preload_requested)


def send_heartbeat(queues: list[str]) -> None:
    """Publish this worker's report and metrics; with encoders and Milvus unless it only trains."""
    worker, host = worker_services(), socket.gethostname()
    report = WorkerReport(host=host, queues=tuple(queues))
    if "train" not in queues:
        encoders = {"encoders": worker.encoders.reports(), "loaded": worker.encoders.loaded()}
        report = report.model_copy(update=encoders | {"milvus": worker.milvus_probe.status})
    process = f"{host}-{os.getpid()}"
    worker.worker_registry.publish_report(process, report, for_s=ALIVE_S)
    worker.metrics.push(f"{'-'.join(queues)}@{process}", for_s=ALIVE_S)
    worker.worker_registry.heartbeat([*queues, host], for_s=ALIVE_S)


def preload_requested() -> None:
    """Open the encoders that a collection is about to change to, before a search needs them."""
    encoders = worker_services().encoders
    for identity in worker_services().worker_registry.preload_requests():
        if identity.weights not in encoders.loaded():
            with suppress(NotInstalled, Conflict):  # the report has the error, for the job
                encoders.get(identity)
