"""Registers a worker as alive once it is ready, publishes its report, and preloads encoders."""

import faulthandler
import logging
import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any

from celery.signals import worker_ready
from prometheus_client import generate_latest

from core.cache.worker_registry import WorkerReport
from core.errors import Conflict, CoreError, NotInstalled, Unavailable
from core.observability.metrics import REGISTRY
from core.vectors import VectorStore
from workers.app import worker_kind
from workers.background_threads import run_every
from workers.dependencies import worker_services

log = logging.getLogger(__name__)

ALIVE_S = 15
"""A worker counts as dead this long after its last heartbeat."""
INTERVAL_S = ALIVE_S / 5
STUCK_S = 120
"""A worker that is not ready by then writes the stack of each thread to its log."""


class MilvusProbe:
    """The result of the last ping of Milvus, which may take seconds."""

    def __init__(self, vectors: VectorStore) -> None:
        self._vectors, self._has_result = vectors, threading.Event()
        self.status = ""
        """"ok", or the error; empty before the first result."""

    def refresh(self) -> None:
        """Ping Milvus.

        Raises:
            CoreError: Milvus does not respond.
        """
        try:
            self._vectors.ping()
        except CoreError as exc:
            self.status = exc.detail
            raise
        else:
            self.status = "ok"
        finally:
            self._has_result.set()

    def wait(self, timeout_s: float) -> None:
        """Wait for the first result, but not longer than this."""
        self._has_result.wait(timeout_s)


@worker_ready.connect
def start(sender: Any, **_: Any) -> None:
    """Start the threads once the worker accepts messages."""
    threading.Thread(target=_warm_up, args=(worker_kind(sender),), daemon=True).start()


def _warm_up(kind: str) -> None:
    """Load everything that would delay the first task; only then report this worker as alive."""
    faulthandler.dump_traceback_later(STUCK_S)  # shows what a worker waits for
    try:
        probe = _load_when_available(kind)
    except CoreError as exc:
        log.critical("this worker is not ready: %s", exc)
        return
    except Exception:  # without a heartbeat it would never be ready; a new process may be
        log.critical("this worker could not be started", exc_info=True)
        os._exit(1)
    finally:
        faulthandler.cancel_dump_traceback_later()
    _go_live(kind, probe)


def _load_when_available(kind: str) -> MilvusProbe | None:
    """Load the default encoder, and begin to check Milvus; wait for an unavailable store."""
    is_logged = False
    while True:
        try:
            return _load(kind)
        except Unavailable as exc:
            if not is_logged:
                log.warning("this worker is not ready, and tries again until it is: %s", exc)
            is_logged = True
            time.sleep(INTERVAL_S)


def _load(kind: str) -> MilvusProbe | None:
    if kind == "train":
        return None
    worker_services().encoders.default()
    probe = MilvusProbe(worker_services().services.vectors)
    run_every(INTERVAL_S, "the check of Milvus", probe.refresh)
    probe.wait(INTERVAL_S)  # a worker is alive without Milvus, too
    return probe


def _go_live(kind: str, probe: MilvusProbe | None) -> None:
    """Send heartbeats from now on; load what only some searches need."""
    run_every(INTERVAL_S, "the heartbeat", lambda: send_heartbeat(kind, probe))
    if kind != "search":
        return
    run_every(INTERVAL_S, "the preloading of encoders", preload_requested)
    try:
        _preload_text_towers()
    except Exception:  # only searches by text need them, and open them themselves
        log.exception("no text tower is loaded before a search needs it")


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
