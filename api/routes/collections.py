"""Collections: create, list, read, change, delete."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, Rooms, RoomsDep
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
    body: CollectionIn, request: Request, response: Response, rooms: RoomsDep
) -> CollectionOut:
    """Create a collection; its encoder stays with it."""
    check_collection_name(body.name)
    encoder = _identity(body.encoder or rooms.settings.default_encoder, rooms)
    with rooms.locks.changing(body.name):
        made = rooms.collections.create(body.name, encoder=encoder, description=body.description)
    response.headers["Location"] = below_prefix(request, f"/v1/collections/{made.name}")
    return CollectionOut.of(made, {"items": 0, "images": 0})


@router.get("")
def list_all(rooms: RoomsDep) -> CollectionsPage:
    """All collections, by name."""
    active = [c for c in rooms.collections.all() if c.state is CollectionState.ACTIVE]
    return CollectionsPage(items=[_out(c, rooms) for c in active if visible(c.name)])


@router.get("/{c}")
def get(collection: CollectionDep, rooms: RoomsDep) -> CollectionOut:
    """One collection, with its counts."""
    return _out(collection, rooms)


@router.patch(
    "/{c}",
    response_model=CollectionOut,
    responses={202: {"model": JobOut}, **documented(_BUSY, MISSING, FULL)},
)
async def change(c: str, body: CollectionPatch, request: Request, rooms: RoomsDep) -> Response:
    """Change the description, or the encoder: a job, and the old one serves meanwhile."""
    job = await run_in_threadpool(_change, c, body, rooms)
    if job:
        return await job_answer(request, rooms, job)
    out = await run_in_threadpool(lambda: _out(rooms.collections.get(c), rooms))
    return JSONResponse(out.model_dump(mode="json"))


def _change(name: str, body: CollectionPatch, rooms: Rooms) -> Job | None:
    encoder = _identity(body.encoder, rooms) if body.encoder else None
    with rooms.locks.changing(name):
        collection = rooms.collections.get(name)
        if encoder:
            _check_not_changing(collection, rooms)
        if body.description is not None:
            rooms.collections.change(name, description=body.description)
        if encoder in {None, collection.encoder}:
            return None
        args = ChangeEncoderArgs(encoder=encoder).model_dump(mode="json")
        new = NewJob(kind=JobKind.CHANGE_ENCODER, collection=name, args=args)
        return rooms.dispatcher.submit(new)


@router.post("/{c}/rebuild", status_code=202, response_model=JobOut, responses=documented(_BUSY))
async def rebuild(
    c: str, request: Request, rooms: RoomsDep, body: RebuildIn | None = None
) -> Response:
    """Make the vectors anew from the store; with `repair`, only those missing or too many."""
    args = RebuildArgs(repair=bool(body and body.repair))
    job = await run_in_threadpool(_rebuild, c, args, rooms)
    return await job_answer(request, rooms, job)


def _rebuild(name: str, args: RebuildArgs, rooms: Rooms) -> Job:
    with rooms.locks.changing(name):
        _check_not_changing(rooms.collections.get(name), rooms)
        new = NewJob(kind=JobKind.REBUILD, collection=name, args=args.model_dump())
        return rooms.dispatcher.submit(new)


@router.post("/{c}/verify", status_code=202, response_model=JobOut)
async def verify(collection: CollectionDep, request: Request, rooms: RoomsDep) -> Response:
    """Compare store, vectors and lists: the job's result says what differs, and changes nothing."""
    job = await run_in_threadpool(_verify, collection, rooms)
    return await job_answer(request, rooms, job)


def _verify(collection: Collection, rooms: Rooms) -> Job:
    check_queue(rooms)
    return rooms.dispatcher.submit(NewJob(kind=JobKind.VERIFY, collection=collection.name))


def _check_not_changing(collection: Collection, rooms: Rooms) -> None:
    """One job at a time makes a collection's vectors."""
    busy = {JobKind.CHANGE_ENCODER, JobKind.REBUILD}
    for job in rooms.ledger.open_jobs():
        if job.collection == collection.name and job.kind in busy and not job.cancel_requested:
            raise Conflict(
                f"job {job.id} ({job.kind}) makes vectors of {collection.name!r} already; "
                "wait for it or cancel it"
            )


def _identity(encoder: str, rooms: Rooms) -> EncoderIdentity:
    return identity_of(encoder, rooms.presence.reports())


@router.delete("/{c}", status_code=202, response_model=JobOut, responses=documented(FULL))
async def delete(c: str, request: Request, rooms: RoomsDep) -> Response:
    """Delete a collection with all that is in it; it is out of use at once."""
    job = await run_in_threadpool(_delete, c, rooms)
    return await job_answer(request, rooms, job)


def _delete(name: str, rooms: Rooms) -> Job:
    with rooms.locks.changing(name):
        rooms.collections.get(name)
        new = NewJob(kind=JobKind.DELETE_COLLECTION, collection=name)
        job = rooms.ledger.create(new)  # before the mark: a crash between the two loses nothing
        rooms.collections.mark_deleting(name)
    rooms.dispatcher.announce(job.kind, job.id)
    return job


def _out(collection: Collection, rooms: Rooms) -> CollectionOut:
    return CollectionOut.of(collection, rooms.items(collection).count())
