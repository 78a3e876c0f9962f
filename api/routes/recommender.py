"""The recommender of a collection: train it, read its status and report, roll it back."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.report.page import POLICY, About, render_report
from api.schemas.jobs import JobOut
from api.schemas.recommendations import RecommenderOut
from api.services.job_responses import JobResponse
from api.services.report_pictures import read_pictures
from core.errors import Conflict, NotFound
from core.jobs import JobKind, NewJob, TrainArgs
from core.recommender.training_report import TrainingReport
from core.storage import Collection, GenerationStore, Recommender
from core.storage.generations import training_fingerprint

router = APIRouter(prefix="/v1/collections/{c}/recommender", tags=["recommender"])

_NO_SALES = Conflict("collection 'shop' has no sales to train on; upload some")
_NO_PREVIOUS = Conflict("there is no previous generation to roll back to")
_NO_ROLLBACK = Conflict("there is no rollback to end")


@router.post("", status_code=202, response_model=JobOut, responses=problem_responses(_NO_SALES))
def train(collection: CollectionDep, request: Request, services: ServicesDep) -> Response:
    """Train the recommender now. If a training run is already queued, it starts now.

    The new lists are served even during a rollback, and end it.
    """
    if not services.sales(collection).uploads():
        raise Conflict(f"collection {collection.name!r} has no sales to train on; upload some")
    args = TrainArgs(ends_rollback=True).model_dump()
    new = NewJob(kind=JobKind.TRAIN, collection=collection.name, args=args)
    return JobResponse(services.dispatcher.submit_once(new), request, services)


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
        candidate=recommender.candidate,
        rolled_back_at=recommender.rolled_back_at,
        refusal=recommender.refusal,
        trained_at=training.at if training else None,
        stale=live is not None and trained_on != training_fingerprint(collection, services.files),
        report=_find_report(live, generations) if live else None,
    )


def _find_report(generation: str, generations: GenerationStore) -> TrainingReport | None:
    with suppress(NotFound):  # the store has lost it; the next training replaces the generation
        return TrainingReport.model_validate(generations.report(generation))
    return None


@router.get(
    "/report",
    response_class=HTMLResponse,
    response_description="The page.",
    responses={200: {"content": {"text/html": {"example": "<!doctype html> ..."}}}},
)
async def report(collection: CollectionDep, services: ServicesDep) -> HTMLResponse:
    """Get the training report of the served generation as a page with pictures, to print or send.

    Figures for specialists are folded.
    """
    recommender = await run_in_threadpool(get, collection, services)
    if recommender.generation is None:
        reason = recommender.refusal or "upload sales"
        raise NotFound(
            f"the recommender of collection {collection.name!r} has not been trained yet; {reason}"
        )
    uploads = await run_in_threadpool(services.sales(collection).uploads)
    training = recommender.report or TrainingReport()
    about = About(
        collection.name,
        recommender.generation,
        recommender.stale,
        [upload.report for upload in uploads],
        recommender.refusal,
        await read_pictures(training, collection, services),
    )
    page = await run_in_threadpool(render_report, training, about)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


@router.post("/rollback", responses=problem_responses(_NO_PREVIOUS, DISK_FULL))
def roll_back(collection: CollectionDep, services: ServicesDep) -> RecommenderOut:
    """Serve the previous generation, until somebody trains or ends the rollback.

    Until then, only the newest generation is kept, as the candidate.
    """
    with services.locks.exclusive(collection.name) as check_lock:
        recommender = services.generations(collection).recommender()
        _switch_to(recommender.roll_back(datetime.now(UTC)), collection, services, check_lock)
    return get(collection, services)


@router.delete("/rollback", responses=problem_responses(_NO_ROLLBACK, DISK_FULL))
def end_rollback(collection: CollectionDep, services: ServicesDep) -> RecommenderOut:
    """End a rollback: serve the newest generation again, and new ones from now on."""
    with services.locks.exclusive(collection.name) as check_lock:
        recommender = services.generations(collection).recommender()
        _switch_to(recommender.end_rollback(), collection, services, check_lock)
    return get(collection, services)


def _switch_to(
    recommender: Recommender,
    collection: Collection,
    services: Services,
    check_lock: Callable[[], None],
) -> None:
    """Serve the live generation of `recommender` from now on."""
    generations, live = services.generations(collection), recommender.live
    if live is None or not generations.is_complete(live):
        raise Conflict(f"the store has lost the lists of generation {live}; train again")
    is_cached = services.lists.count(collection.name, live)
    check_lock()
    generations.put_recommender(recommender)
    if is_cached:
        services.lists.go_live(collection.name, live)
    else:  # the cache has lost these lists: they are served once the cache is refilled
        services.dispatcher.refill_lists(collection.name)
