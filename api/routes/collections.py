"""Collections: create, list, read, change, delete."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.answers import job_answer
from api.rooms import CollectionDep, Rooms, RoomsDep
from api.wire import (
    CollectionIn,
    CollectionOut,
    CollectionPatch,
    CollectionsPage,
    JobOut,
    below_prefix,
)
from core.domain import check_collection_name
from core.encoders.catalogue import describe
from core.errors import InvalidInput
from core.jobs import Job, JobKind, NewJob
from core.store import Collection, CollectionState

router = APIRouter(prefix="/v1/collections", tags=["collections"])


@router.post("", status_code=201)
def create(
    body: CollectionIn, request: Request, response: Response, rooms: RoomsDep
) -> CollectionOut:
    """Create a collection; its encoder stays with it."""
    check_collection_name(body.name)
    encoder = describe(body.encoder or rooms.settings.default_encoder)
    with rooms.locks.changing(body.name):
        made = rooms.collections.create(
            body.name, encoder=encoder.identity, description=body.description
        )
    response.headers["Location"] = below_prefix(request, f"/v1/collections/{made.name}")
    return CollectionOut.of(made, {"items": 0, "images": 0})


@router.get("")
def list_all(rooms: RoomsDep) -> CollectionsPage:
    """All collections, by name."""
    active = [c for c in rooms.collections.all() if c.state is CollectionState.ACTIVE]
    return CollectionsPage(items=[_out(c, rooms) for c in active])


@router.get("/{c}")
def get(collection: CollectionDep, rooms: RoomsDep) -> CollectionOut:
    """One collection, with its counts."""
    return _out(collection, rooms)


@router.patch("/{c}")
def change(c: str, body: CollectionPatch, rooms: RoomsDep) -> CollectionOut:
    """Change the description."""
    with rooms.locks.changing(c):
        collection = rooms.collections.get(c)
        if body.encoder not in {None, collection.encoder.name}:
            raise InvalidInput("the encoder of a collection cannot be changed; create another one")
        if body.description is not None:
            collection = rooms.collections.change(c, description=body.description)
    return _out(collection, rooms)


@router.delete("/{c}", status_code=202, response_model=JobOut)
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
