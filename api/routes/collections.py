"""Collections: create, list, read, change, delete."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import FULL, MISSING, documented
from api.middleware.auth import visible
from api.schemas.models import (
    CollectionIn,
    CollectionOut,
    CollectionPatch,
    CollectionsPage,
    JobOut,
    RebuildIn,
    below_prefix,
)
from api.services.encoder_availability import identity_of
from api.services.job_responses import check_queue, job_answer
from core.domain import EncoderIdentity, check_collection_name
from core.errors import Conflict
from core.jobs import ChangeEncoderArgs, Job, JobKind, NewJob, RebuildArgs
from core.storage import Collection, CollectionState

router = APIRouter(prefix="/v1/collections", tags=["collections"])

_THERE = Conflict("collection 'shop' exists already")
_BUSY = Conflict(
    "job 5f0c1d9e7a2b4c3d8e6f0a1b (rebuild) makes vectors of 'shop' already; "
    "wait for it or cancel it"
)


@router.post("", status_code=201, responses=documented(_THERE, MISSING, FULL))
def create(
    body: CollectionIn, request: Request, response: Response, services: ServicesDep
) -> CollectionOut:
    """Create a collection; its encoder stays with it."""
    check_collection_name(body.name)
    encoder = _identity(body.encoder or services.settings.default_encoder, services)
    with services.locks.changing(body.name):
        made = services.collections.create(body.name, encoder=encoder, description=body.description)
    response.headers["Location"] = below_prefix(request, f"/v1/collections/{made.name}")
    return CollectionOut.of(made, {"items": 0, "images": 0})


@router.get("")
def list_all(services: ServicesDep) -> CollectionsPage:
    """All collections, by name."""
    active = [c for c in services.collections.all() if c.state is CollectionState.ACTIVE]
    return CollectionsPage(items=[_out(c, services) for c in active if visible(c.name)])


@router.get("/{c}")
def get(collection: CollectionDep, services: ServicesDep) -> CollectionOut:
    """One collection, with its counts."""
    return _out(collection, services)


@router.patch(
    "/{c}",
    response_model=CollectionOut,
    responses={202: {"model": JobOut}, **documented(_BUSY, MISSING, FULL)},
)
async def change(
    c: str, body: CollectionPatch, request: Request, services: ServicesDep
) -> Response:
    """Change the description, or the encoder: a job, and the old one serves meanwhile."""
    job = await run_in_threadpool(_change, c, body, services)
    if job:
        return await job_answer(request, services, job)
    out = await run_in_threadpool(lambda: _out(services.collections.get(c), services))
    return JSONResponse(out.model_dump(mode="json"))


def _change(name: str, body: CollectionPatch, services: Services) -> Job | None:
    encoder = _identity(body.encoder, services) if body.encoder else None
    with services.locks.changing(name):
        collection = services.collections.get(name)
        if encoder:
            _check_not_changing(collection, services)
        if body.description is not None:
            services.collections.change(name, description=body.description)
        if encoder in {None, collection.encoder}:
            return None
        args = ChangeEncoderArgs(encoder=encoder).model_dump(mode="json")
        new = NewJob(kind=JobKind.CHANGE_ENCODER, collection=name, args=args)
        return services.dispatcher.submit(new)


@router.post("/{c}/rebuild", status_code=202, response_model=JobOut, responses=documented(_BUSY))
async def rebuild(
    c: str, request: Request, services: ServicesDep, body: RebuildIn | None = None
) -> Response:
    """Make the vectors anew from the store; with `repair`, only those missing or too many."""
    args = RebuildArgs(repair=bool(body and body.repair))
    job = await run_in_threadpool(_rebuild, c, args, services)
    return await job_answer(request, services, job)


def _rebuild(name: str, args: RebuildArgs, services: Services) -> Job:
    with services.locks.changing(name):
        _check_not_changing(services.collections.get(name), services)
        new = NewJob(kind=JobKind.REBUILD, collection=name, args=args.model_dump())
        return services.dispatcher.submit(new)


@router.post("/{c}/verify", status_code=202, response_model=JobOut)
async def verify(collection: CollectionDep, request: Request, services: ServicesDep) -> Response:
    """Compare store, vectors and lists: the job's result says what differs, and changes nothing."""
    job = await run_in_threadpool(_verify, collection, services)
    return await job_answer(request, services, job)


def _verify(collection: Collection, services: Services) -> Job:
    check_queue(services)
    return services.dispatcher.submit(NewJob(kind=JobKind.VERIFY, collection=collection.name))


def _check_not_changing(collection: Collection, services: Services) -> None:
    """One job at a time makes a collection's vectors."""
    busy = {JobKind.CHANGE_ENCODER, JobKind.REBUILD}
    for job in services.ledger.open_jobs():
        if job.collection == collection.name and job.kind in busy and not job.cancel_requested:
            raise Conflict(
                f"job {job.id} ({job.kind}) makes vectors of {collection.name!r} already; "
                "wait for it or cancel it"
            )


def _identity(encoder: str, services: Services) -> EncoderIdentity:
    return identity_of(encoder, services.presence.reports())


@router.delete("/{c}", status_code=202, response_model=JobOut, responses=documented(FULL))
async def delete(c: str, request: Request, services: ServicesDep) -> Response:
    """Delete a collection with all that is in it; it is out of use at once."""
    job = await run_in_threadpool(_delete, c, services)
    return await job_answer(request, services, job)


def _delete(name: str, services: Services) -> Job:
    with services.locks.changing(name):
        services.collections.get(name)
        new = NewJob(kind=JobKind.DELETE_COLLECTION, collection=name)
        job = services.ledger.create(new)  # before the mark: a crash between the two loses nothing
        services.collections.mark_deleting(name)
    services.dispatcher.announce(job.kind, job.id)
    return job


def _out(collection: Collection, services: Services) -> CollectionOut:
    return CollectionOut.of(collection, services.items(collection).count())
