"""One door for each kind of job, and one for questions. The work itself is in core.pipelines."""

import logging
from dataclasses import asdict
from typing import Any

from kombu.exceptions import OperationalError

from core.errors import CoreError, Unavailable
from core.exchange import Question
from core.jobs import JobKind
from core.pipelines import changes, ingest, reindex
from core.pipelines.match import match
from core.settings import Settings
from workers.app import app
from workers.rooms import open_exchange, open_rooms
from workers.running import Terms, Work, carry_out

log = logging.getLogger(__name__)

REINDEX = Work(first=reindex.plan, chunk=reindex.embed, last=reindex.finish)
WORK = {
    JobKind.INGEST: Work(
        first=ingest.plan, chunk=ingest.embed, set_aside=ingest.set_aside, last=ingest.finish
    ),
    JobKind.SYNC_ITEMS: Work(first=changes.sync_items),
    JobKind.DELETE_COLLECTION: Work(first=changes.delete_collection),
    JobKind.CHANGE_ENCODER: REINDEX,
    JobKind.REBUILD: REINDEX,
}


def publish(kind: JobKind, job_id: str) -> None:
    """Tell the queue that a job has work; where that fails, the sweeper does it later."""
    try:
        app.send_task(kind.value, args=[job_id], queue=kind.queue)
    except OperationalError as exc:
        log.warning("job %s is not announced yet: %s", job_id, exc)


def _door(kind: JobKind) -> None:
    settings = Settings().jobs
    terms = Terms(lease_s=settings.lease_s, tries=settings.tries, window=settings.window)

    @app.task(name=kind.value)
    def do(job_id: str) -> None:
        try:
            carry_out(job_id, WORK[kind], open_rooms(), terms, publish)
        except Unavailable as exc:
            log.warning("job %s waits for the sweeper: %s", job_id, exc)


for _kind in WORK:
    _door(_kind)


@app.task(name="search", acks_late=False, send_events=False)
def search(asked: str) -> None:
    """Answer a question; whoever asked waits for it, so it is never done twice."""
    exchange = open_exchange()
    taken = exchange.question(asked)
    if taken is not None:
        exchange.answer(asked, _answer(*taken))


def _answer(question: Question, picture: bytes) -> dict[str, Any]:
    try:
        return asdict(match(question, picture, open_rooms()))
    except CoreError as exc:
        return {"problem": type(exc).__name__, "detail": exc.detail}
    except Exception:
        log.exception("a search failed: a bug")
        return {"problem": "CoreError", "detail": "internal error; the log of the worker has it"}
