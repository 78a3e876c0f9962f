"""What a worker does beside its tasks: says that it is alive, and looks for forgotten jobs."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from celery.signals import worker_ready

from core.errors import CoreError
from core.jobs import Ledger
from core.pipelines.housekeeping import drop_old_uploads
from core.settings import Settings
from workers.rooms import open_encoders, open_exchange, open_rooms
from workers.tasks import publish

log = logging.getLogger(__name__)

HOUR_S = 3600
ALIVE_S = 15
"""How long after its last word a worker is taken for dead."""


@worker_ready.connect
def start(sender: Any, **_: Any) -> None:
    """Begin, in threads of their own, once the worker takes messages."""
    settings = Settings()
    queues = list(sender.app.amqp.queues.consume_from)
    _every(settings.jobs.sweep_s, lambda: sweep(open_rooms().ledger, settings.jobs.sweep_s))
    _every(HOUR_S, tidy)
    threading.Thread(target=_become_ready, args=(settings, queues), daemon=True).start()


def _become_ready(settings: Settings, queues: list[str]) -> None:
    """Load what the first task would have to wait for; only then say that we are here."""
    if "train" not in queues:
        try:
            open_encoders().open(settings.default_encoder)
        except CoreError as exc:
            log.critical("not ready: %s", exc)
            return
    exchange = open_exchange()
    _every(ALIVE_S / 5, lambda: exchange.say_alive(queues, for_s=ALIVE_S))


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
    rooms = open_rooms()
    if rooms.ledger.once_in("tidy", HOUR_S * 0.9) and (dropped := drop_old_uploads(rooms)):
        log.info("dropped %d old uploads", len(dropped))


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
