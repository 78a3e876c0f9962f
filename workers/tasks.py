"""One door for each kind of job, and one for questions. The work itself is in core.pipelines."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from typing import Any, cast

from celery.signals import worker_ready

from core.cache.search_rpc import Question
from core.errors import CoreError, Unavailable
from core.jobs import JobKind, Outcome
from core.observability.tracing import span
from core.pipelines import ingest, item_sync, reindex
from core.pipelines.search import match
from core.pipelines.verify import verify
from core.settings import Settings
from workers.app import app
from workers.dependencies import open_exchange, open_services
from workers.enqueue import publish
from workers.executor import Terms, Work, carry_out, count_from_nought

log = logging.getLogger(__name__)


def _when_wanted(module: str, name: str) -> Callable[..., Outcome]:
    """A step whose libraries are heavy: they are loaded by the first job, in worker-train alone."""

    def step(*given: Any) -> Outcome:
        found = getattr(import_module(f"core.pipelines.{module}"), name)
        return cast("Outcome", found(*given))

    return step


REINDEX = Work(first=reindex.plan, chunk=reindex.embed, last=reindex.finish)
WORK = {
    JobKind.INGEST: Work(
        first=ingest.plan,
        chunk=ingest.embed,
        careful=ingest.embed_one_by_one,
        set_aside=ingest.set_aside,
        last=ingest.finish,
    ),
    JobKind.SYNC_ITEMS: Work(first=item_sync.sync_items),
    JobKind.DELETE_COLLECTION: Work(first=item_sync.delete_collection),
    JobKind.CHANGE_ENCODER: REINDEX,
    JobKind.REBUILD: REINDEX,
    JobKind.VERIFY: Work(first=verify),
    JobKind.IMPORT_SALES: Work(first=_when_wanted("sales.import_sales", "import_sales")),
    JobKind.DELETE_SALES: Work(first=_when_wanted("sales.erase", "delete_sales")),
    JobKind.ERASE_USER: Work(first=_when_wanted("sales.erase", "erase_user")),
    JobKind.TRAIN: Work(
        first=_when_wanted("train.train", "train"),
        chunk=_when_wanted("train.sharding", "make_part"),
        last=_when_wanted("train.sharding", "publish_shared"),
        watched=False,
    ),
    JobKind.REFILL_LISTS: Work(first=_when_wanted("train.publish", "refill")),
}


def _door(kind: JobKind) -> None:
    settings = Settings().jobs
    terms = Terms(
        lease_s=settings.lease_s,
        tries=settings.tries,
        window=settings.window,
        stuck_s=settings.stuck_s,
    )

    @app.task(name=kind.value)
    def do(job_id: str) -> None:
        try:
            carry_out(job_id, WORK[kind], open_services(), terms, publish)
        except Unavailable as exc:
            log.warning("job %s waits for the sweeper: %s", job_id, exc)


for _kind in WORK:
    _door(_kind)


@worker_ready.connect
def _count(sender: Any, **_: Any) -> None:
    count_from_nought(WORK, sender.app.amqp.queues.consume_from)


@app.task(name="search", acks_late=False, send_events=False)
def search(asked: str) -> None:
    """Answer a question; whoever asked waits for it, so it is never done twice."""
    exchange = open_exchange()
    taken = exchange.question(asked)
    if taken is not None:
        with span("search"):
            exchange.answer(asked, _answer(*taken))


def _answer(question: Question, picture: bytes) -> dict[str, Any]:
    try:
        return asdict(match(question, picture, open_services()))
    except CoreError as exc:
        return {"problem": type(exc).__name__, "detail": exc.detail}
    except Exception:
        log.exception("a search failed: a bug")
        return {"problem": "CoreError", "detail": "internal error; the log of the worker has it"}
