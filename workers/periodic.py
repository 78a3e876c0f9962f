"""What a worker does beside its tasks: says that it is alive, and looks for forgotten jobs."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from celery.signals import worker_ready

from core.cache.worker_registry import WorkerReport
from core.errors import Conflict, CoreError, NotInstalled
from core.jobs import Ledger
from core.pipelines.housekeeping import (
    drop_left_vectors,
    drop_old_audit,
    drop_old_uploads,
    refill_lost,
    retrain_old,
)
from core.pipelines.services import Services
from core.settings import Settings
from workers.dependencies import (
    open_encoders,
    open_looking,
    open_metrics,
    open_presence,
    open_services,
)
from workers.enqueue import publish

log = logging.getLogger(__name__)

HOUR_S = 3600
MINUTE_S = 60
ALIVE_S = 15
"""How long after its last word a worker is taken for dead."""


@worker_ready.connect
def start(sender: Any, **_: Any) -> None:
    """Begin, in threads of their own, once the worker takes messages."""
    settings = Settings()
    queues = list(sender.app.amqp.queues.consume_from)
    _every(settings.jobs.sweep_s, lambda: sweep(open_services().ledger, settings.jobs.sweep_s))
    _every(settings.jobs.sweep_s, lambda: refill(settings.jobs.sweep_s))
    _every(HOUR_S, tidy)
    _every(MINUTE_S, drop_vectors)
    _every(HOUR_S, retrain)
    threading.Thread(target=_become_ready, args=(queues,), daemon=True).start()


def _become_ready(queues: list[str]) -> None:
    """Load what the first task would have to wait for; only then say that we are here."""
    if "train" not in queues:
        try:
            open_encoders().default()
        except CoreError as exc:
            log.critical("not ready: %s", exc)
            return
    if "train" not in queues:
        open_looking().look()  # once before we tell of it
        _every(ALIVE_S / 5, open_looking().look)
    _every(ALIVE_S / 5, lambda: tell(queues))
    if "search" in queues:
        _every(ALIVE_S / 5, open_wanted)


def tell(queues: list[str]) -> None:
    """Say that we are here; if we embed, with our networks and whether Milvus answers."""
    presence, host = open_presence(), socket.gethostname()
    report = WorkerReport(host=host, queues=tuple(queues))
    if "train" not in queues:
        encoders = open_encoders()
        seen = {"encoders": encoders.reports(), "loaded": encoders.loaded()}
        report = report.model_copy(update=seen | {"milvus": open_looking().milvus})
    presence.tell(f"{host}-{os.getpid()}", report, for_s=ALIVE_S)
    open_metrics().tell(f"{'-'.join(queues)}@{host}-{os.getpid()}", for_s=ALIVE_S)
    presence.say_alive([*queues, host], for_s=ALIVE_S)


def open_wanted() -> None:
    """Open the networks that a collection is about to change to, before a search needs them."""
    encoders = open_encoders()
    for identity in open_presence().wanted():
        if identity.weights not in encoders.loaded():
            with suppress(NotInstalled, Conflict):  # our report says so, and the job takes it up
                encoders.of(identity)


def _every(seconds: float, call: Callable[[], None]) -> None:
    def loop() -> None:
        while True:
            try:
                call()
            except CoreError as exc:
                log.warning("%s", exc)
            except Exception:  # a thread that ended would end the recovery of all jobs
                log.exception("upkeep: a bug")
            time.sleep(seconds)

    threading.Thread(target=loop, daemon=True).start()


def tidy() -> None:
    """Once an hour in all workers: drop what nobody will ask for any more."""
    services, settings = open_services(), Settings()
    if not services.ledger.once_in("tidy", HOUR_S * 0.9):
        return
    if dropped := drop_old_uploads(services):
        log.info("dropped %d old uploads", len(dropped))
    if dropped := drop_old_audit(services, timedelta(days=settings.audit_days)):
        log.info("dropped the audit of %d days", len(dropped))
    if settings.sales_days:
        drop_sales(services, timedelta(days=settings.sales_days))


def drop_sales(services: Services, older_than: timedelta) -> None:
    """Drop old sales; only here are the libraries of the ledger loaded."""
    from core.pipelines.sales.retention import drop_outdated

    for job in drop_outdated(services, older_than):
        log.info("asked for training %s: old sales were dropped", job)


def retrain() -> None:
    """Once an hour in all workers: train again what was trained long ago."""
    services, hours = open_services(), Settings().jobs.retrain_h
    if services.ledger.once_in("retrain", HOUR_S * 0.9):
        for job in retrain_old(services, timedelta(hours=hours)):
            log.info("asked for training %s: the last one is old", job)


def refill(every_s: float) -> None:
    """Once a sweep in all workers: have lists filled in again that the cache has lost."""
    services = open_services()
    if services.ledger.once_in("refill", every_s * 0.9):
        for job in refill_lost(services):
            log.info("asked for %s: the cache has lost lists", job)


def drop_vectors() -> None:
    """Once a minute in all workers: drop vectors that were replaced or given up."""
    services = open_services()
    if services.ledger.once_in("drop-vectors", MINUTE_S * 0.9):
        for space in drop_left_vectors(services):
            log.info("dropped vectors %s, which are out of use", space)


def sweep(ledger: Ledger, every_s: float) -> None:
    """Publish again the jobs that have work but of which no message seems to tell.

    A queued job may just be waiting its turn: it counts as forgotten early only if its queue is
    empty.
    """
    if not ledger.once_in("sweep", every_s * 0.9):
        return
    for job in ledger.open_jobs():
        patience = 2 if ledger.queue_length(job.kind.queue) == 0 else 12
        for _ in range(ledger.forgotten(job.id, silent_s=every_s * patience)):
            publish(job.kind, job.id)
