"""Registers a worker as alive once it is ready, publishes its report, and preloads encoders."""

import logging
import os
import socket
import threading
from contextlib import suppress
from typing import Any

from celery.signals import worker_ready
from prometheus_client import generate_latest

from core.cache.worker_registry import WorkerReport
from core.errors import Conflict, CoreError, NotInstalled
from core.observability.metrics import REGISTRY
from core.vectors import VectorStore
from workers.app import worker_kind
from workers.background_threads import run_every
from workers.dependencies import worker_services

log = logging.getLogger(__name__)

ALIVE_S = 15
"""A worker counts as dead this long after its last heartbeat."""
INTERVAL_S = ALIVE_S / 5


class MilvusProbe:
    """The result of the last ping of Milvus, which may take seconds."""

    def __init__(self, vectors: VectorStore) -> None:
        self._vectors = vectors
        self.refresh()

    def refresh(self) -> None:
        """Ping Milvus; `status` becomes "ok" or the error."""
        try:
            self._vectors.ping()
        except CoreError as exc:
            self.status = exc.detail
        else:
            self.status = "ok"


@worker_ready.connect
def start(sender: Any, **_: Any) -> None:
    """Start the threads once the worker accepts messages."""
    threading.Thread(target=_warm_up, args=(worker_kind(sender),), daemon=True).start()


def _warm_up(kind: str) -> None:
    """Load everything that would delay the first task; only then report this worker as alive."""
    probe = None
    if kind != "train":
        try:
            worker_services().encoders.default()
        except CoreError as exc:
            log.critical("this worker is not ready: %s", exc)
            return
        probe = MilvusProbe(worker_services().services.vectors)
        run_every(INTERVAL_S, probe.refresh)
    run_every(INTERVAL_S, lambda: send_heartbeat(kind, probe))
    if kind == "search":
        run_every(INTERVAL_S, preload_requested)
        _preload_text_towers()


def _preload_text_towers() -> None:
    """Open the text towers of all collections: while one is opened, searches by image may wait."""
    worker = worker_services()
    try:
        identities = {row.encoder for row in worker.services.collections.active()}
    except CoreError as exc:
        log.warning("no text tower is loaded before a search needs it: %s", exc)
    else:
        worker.encoders.preload_text_towers(identities)


def send_heartbeat(kind: str, probe: MilvusProbe | None) -> None:
    """Publish this worker's report and metrics; with a probe, also encoder and Milvus states."""
    worker, host = worker_services(), socket.gethostname()
    report = WorkerReport(host=host, kind=kind)
    if probe:
        encoders = {"encoders": worker.encoders.reports(), "loaded": worker.encoders.loaded()}
        report = report.model_copy(update=encoders | {"milvus": probe.status})
    process, registry = f"{host}-{os.getpid()}", worker.worker_registry
    registry.publish_report(process, report, for_s=ALIVE_S)
    name = f"{kind}@{process}"
    registry.publish_metrics(name, generate_latest(REGISTRY), for_s=ALIVE_S)
    registry.heartbeat([kind, host], for_s=ALIVE_S)


def preload_requested() -> None:
    """Open the encoders that collections are about to change to, before a search needs them."""
    encoders = worker_services().encoders
    for identity in worker_services().worker_registry.preload_requests():
        if identity.weights not in encoders.loaded():
            with suppress(NotInstalled, Conflict):  # the report tells the job about the error
                encoders.get(identity)
                encoders.text_tower(identity)
