"""The recommender of a collection: train, status, report, rollback."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.report.page import POLICY, About, render_report
from api.schemas.jobs import JobOut
from api.schemas.recommendations import RecommenderOut
from api.services.job_responses import job_response
from core.errors import Conflict, NotFound
from core.jobs import Job, JobKind, NewJob
from core.recommender.training_report import TrainingReport
from core.storage import Collection, GenerationStore
from core.storage.generations import Recommender, training_fingerprint

router = APIRouter(prefix="/v1/collections/{c}/recommender", tags=["recommender"])

_NO_SALES = Conflict("collection 'shop' has no sales to train on; upload some")
_NO_PREVIOUS = Conflict("there is no previous generation to roll back to")


@router.post("", status_code=202, response_model=JobOut, responses=problem_responses(_NO_SALES))
async def train(collection: CollectionDep, request: Request, services: ServicesDep) -> Response:
    """Train the recommender. If a training is queued already, its job is returned."""
    job = await run_in_threadpool(_train, collection, services)
    return await job_response(request, services, job)


def _train(collection: Collection, services: Services) -> Job:
    if not services.sales(collection).uploads():
        raise Conflict(f"collection {collection.name!r} has no sales to train on; upload some")
    queued = services.ledger.find_queued(JobKind.TRAIN, collection.name)
    new = NewJob(kind=JobKind.TRAIN, collection=collection.name)
    return queued or services.dispatcher.submit(new)


@router.get("")
def get(collection: CollectionDep, services: ServicesDep) -> RecommenderOut:
    """Get the served generation, whether it is stale, and its training report."""
    generations = services.generations(collection)
    recommender = generations.recommender()
    return RecommenderOut(
        generation=recommender.live,
        previous=recommender.previous,
        trained_at=recommender.training.at if recommender.training else None,
        stale=_is_stale(recommender, collection, services),
        report=_read_report(generations, recommender.live),
    )


def _read_report(generations: GenerationStore, live: str | None) -> TrainingReport | None:
    return TrainingReport.parse(generations.report(live)) if live else None


def _is_stale(recommender: Recommender, collection: Collection, services: Services) -> bool:
    trained_on = recommender.training.fingerprint if recommender.training else ""
    current = training_fingerprint(collection, services.files)
    return recommender.live is not None and trained_on != current


@router.get(
    "/report",
    response_class=HTMLResponse,
    response_description="The page.",
    responses={200: {"content": {"text/html": {"example": "<!doctype html> ..."}}}},
)
def report(collection: CollectionDep, services: ServicesDep) -> HTMLResponse:
    """Get the training report of the served generation as a page with plots."""
    recommender = get(collection, services)
    if recommender.generation is None:
        raise NotFound(f"collection {collection.name!r} has not been trained yet; upload its sales")
    import_reports = [upload.report for upload in services.sales(collection).uploads()]
    about = About(collection.name, recommender.generation, recommender.stale, import_reports)
    headers = {"Content-Security-Policy": POLICY}
    page = render_report(recommender.report or TrainingReport(), about)
    return HTMLResponse(page, headers=headers)


@router.post("/rollback", responses=problem_responses(_NO_PREVIOUS, DISK_FULL))
def roll_back(collection: CollectionDep, services: ServicesDep) -> RecommenderOut:
    """Serve the previous generation. A second rollback returns to the newer one."""
    generations = services.generations(collection)
    with services.locks.exclusive(collection.name):
        recommender = generations.recommender()
        if recommender.previous is None:
            raise Conflict("there is no previous generation to roll back to")
        is_cached = services.lists.count(collection.name, recommender.previous)
        changes = {"live": recommender.previous, "previous": recommender.live}
        generations.put_recommender(recommender.model_copy(update=changes))
        if is_cached:
            services.lists.go_live(collection.name, recommender.previous)
        else:  # the cache was restarted since: these lists are served once it is refilled
            services.dispatcher.refill_lists(collection.name)
    return get(collection, services)
