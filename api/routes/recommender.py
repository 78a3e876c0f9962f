"""The recommender of a collection: what it has learned, trained anew, taken back."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import FULL, documented
from api.report.page import POLICY, About, report_page
from api.schemas.models import JobOut
from api.schemas.sales import RecommenderOut
from api.services.job_responses import job_answer
from core.errors import Conflict, NotFound
from core.jobs import Job, JobKind, NewJob
from core.storage import Collection
from core.storage.sales import Recommender, state_of

router = APIRouter(prefix="/v1/collections/{c}/recommender", tags=["recommender"])


_NOTHING = Conflict("collection 'shop' has no sales to learn from; upload some")
_FIRST = Conflict("there is no generation to go back to")


@router.post("", status_code=202, response_model=JobOut, responses=documented(_NOTHING))
async def train(collection: CollectionDep, request: Request, services: ServicesDep) -> Response:
    """Train anew; one that waits already will do."""
    job = await run_in_threadpool(_train, collection, services)
    return await job_answer(request, services, job)


def _train(collection: Collection, services: Services) -> Job:
    if not services.sales(collection).uploads():
        raise Conflict(f"collection {collection.name!r} has no sales to learn from; upload some")
    new = NewJob(kind=JobKind.TRAIN, collection=collection.name)
    return services.ledger.waiting(JobKind.TRAIN, collection.name) or services.dispatcher.submit(
        new
    )


@router.get("")
def get(collection: CollectionDep, services: ServicesDep) -> RecommenderOut:
    """Which generation is served, whether it is stale, and what its training found."""
    sales = services.sales(collection)
    now = sales.recommender()
    return RecommenderOut(
        generation=now.live,
        previous=now.previous,
        trained_at=now.training.at if now.training else None,
        stale=_is_stale(now, collection, services),
        report=sales.report(now.live) if now.live else None,
    )


def _is_stale(now: Recommender, collection: Collection, services: Services) -> bool:
    seen = now.training.saw if now.training else ""
    return now.live is not None and seen != state_of(collection, services.files)


@router.get(
    "/report",
    response_class=HTMLResponse,
    responses={200: {"content": {"text/html": {"example": "<!doctype html> ..."}}}},
)
def report(collection: CollectionDep, services: ServicesDep) -> HTMLResponse:
    """What the training of the served generation found, as a page with plots."""
    now = get(collection, services)
    if now.generation is None:
        raise NotFound(f"collection {collection.name!r} has not been trained yet; upload its sales")
    uploads = [one.report for one in services.sales(collection).uploads()]
    about = About(collection.name, now.generation, now.stale, uploads)
    headers = {"Content-Security-Policy": POLICY}
    return HTMLResponse(report_page(now.report or {}, about), headers=headers)


@router.post("/rollback", responses=documented(_FIRST, FULL))
def roll_back(collection: CollectionDep, services: ServicesDep) -> RecommenderOut:
    """Serve the generation before this one; once more goes forward again."""
    sales = services.sales(collection)
    with services.locks.changing(collection.name):
        now = sales.recommender()
        if now.previous is None:
            raise Conflict("there is no generation to go back to")
        cached = services.lists.count(collection.name, now.previous)
        changes = {"live": now.previous, "previous": now.live}
        sales.put_recommender(now.model_copy(update=changes))
        if cached:
            services.lists.go_live(collection.name, now.previous)
        else:  # the cache has been restarted since: these are served once the others are there
            services.dispatcher.refill(collection.name)
    return get(collection, services)
