"""The recommender of a collection: train it, read its status and report, roll it back."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.dependencies import CollectionDep, ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.report.page import POLICY, About, render_report
from api.schemas.jobs import JobOut
from api.schemas.recommendations import RecommenderOut
from api.services.job_responses import JobResponse
from core.errors import Conflict, NotFound
from core.jobs import JobKind, NewJob
from core.recommender.training_report import TrainingReport
from core.storage.generations import training_fingerprint

router = APIRouter(prefix="/v1/collections/{c}/recommender", tags=["recommender"])

_NO_SALES = Conflict("collection 'shop' has no sales to train on; upload some")
_NO_PREVIOUS = Conflict("there is no previous generation to roll back to")


@router.post("", status_code=202, response_model=JobOut, responses=problem_responses(_NO_SALES))
def train(collection: CollectionDep, request: Request, services: ServicesDep) -> Response:
    """Train the recommender. If a training run is already queued, return its job."""
    if not services.sales(collection).uploads():
        raise Conflict(f"collection {collection.name!r} has no sales to train on; upload some")
    queued = services.ledger.find_queued(JobKind.TRAIN, collection.name)
    new = NewJob(kind=JobKind.TRAIN, collection=collection.name)
    return JobResponse(queued or services.dispatcher.submit(new), request, services)


@router.get("")
def get(collection: CollectionDep, services: ServicesDep) -> RecommenderOut:
    """Get the served generation, whether it is stale, and its training report."""
    generations = services.generations(collection)
    recommender = generations.recommender()
    live, training = recommender.live, recommender.training
    trained_on = training.fingerprint if training else None
    return RecommenderOut(
        generation=live,
        previous=recommender.previous,
        trained_at=training.at if training else None,
        stale=live is not None and trained_on != training_fingerprint(collection, services.files),
        report=TrainingReport.model_validate(generations.report(live)) if live else None,
    )


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
    """Serve the previous generation. A second rollback returns to the newer generation."""
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
        else:  # the cache has lost these lists: they are served once the cache is refilled
            services.dispatcher.refill_lists(collection.name)
    return get(collection, services)
