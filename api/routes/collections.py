"""Collections: create, list, read, change, rebuild, verify, delete."""

from contextlib import suppress

from fastapi import APIRouter, Request, Response

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import DISK_FULL, MISSING_WEIGHTS, problem_responses
from api.middleware.current_key import can_see
from api.schemas.collections import (
    CollectionIn,
    CollectionOut,
    CollectionPatch,
    CollectionsPage,
    FitOut,
    RebuildIn,
    VerifyIn,
)
from api.schemas.jobs import JobOut
from api.schemas.parameters import CollectionPath
from api.services.at_most import check_single_valued
from api.services.encoder_availability import encoder_identity
from api.services.job_responses import JobResponse, ensure_queue_capacity
from api.services.urls import with_prefix
from core.domain import EncoderIdentity, check_collection_name
from core.encoders.catalogue import is_current
from core.encoders.recipes.layout import usual_colour_weight
from core.errors import Conflict, Unavailable
from core.jobs import ChangeEncoderArgs, Job, JobKind, NewJob, RebuildArgs, VerifyArgs
from core.storage import Collection, CollectionState, RecipeFit

router = APIRouter(prefix="/v1/collections", tags=["collections"])

_EXISTS = Conflict("collection 'shop' already exists")
_BUSY = Conflict(
    "job 5f0c1d9e7a2b4c3d8e6f0a1b (rebuild) is already building vectors of 'shop'; "
    "wait for that job or cancel it"
)


@router.post("", status_code=201, responses=problem_responses(_EXISTS, MISSING_WEIGHTS, DISK_FULL))
def create(
    body: CollectionIn, request: Request, response: Response, services: ServicesDep
) -> CollectionOut:
    """Create a collection."""
    check_collection_name(body.name)
    encoder = _identity(body.encoder or services.settings.default_encoder, services)
    with services.locks.exclusive(body.name):
        collection = services.collections.create(
            body.name,
            encoder=encoder,
            description=body.description,
            group_by=body.group_by,
            fit_automatically=body.recipe == "auto",
        )
        with suppress(Unavailable):  # a job does it otherwise
            services.item_cache.go_live_empty(body.name)
    services.definitions.forget(body.name)
    response.headers["Location"] = with_prefix(request, f"/v1/collections/{collection.name}")
    return _out(collection, services)


@router.get("")
def list_all(services: ServicesDep) -> CollectionsPage:
    """List all collections by name."""
    active = [c for c in services.collections.all() if c.state is CollectionState.ACTIVE]
    return CollectionsPage(items=[_out(c, services) for c in active if can_see(c.name)])


@router.get("/{c}")
def get(collection: CollectionDep, services: ServicesDep) -> CollectionOut:
    """Get a collection with its counts."""
    return _out(collection, services)


@router.patch(
    "/{c}",
    response_model=CollectionOut,
    responses={202: {"model": JobOut}, **problem_responses(_BUSY, MISSING_WEIGHTS, DISK_FULL)},
)
def change(
    c: CollectionPath, body: CollectionPatch, request: Request, services: ServicesDep
) -> CollectionOut | Response:
    """Change the description, the encoder or `group_by`. A job applies a new encoder."""
    if job := _change(c, body, services):
        return JobResponse(job, request, services)
    return _out(services.collections.get(c), services)


def _change(name: str, body: CollectionPatch, services: Services) -> Job | None:
    encoder = _identity(body.encoder, services) if body.encoder else None
    with services.locks.exclusive(name):
        collection = services.collections.get(name)
        if encoder:
            _check_not_building(collection, services)
        if body.description is not None:
            services.collections.change(name, description=body.description)
        if "group_by" in body.model_fields_set:
            if body.group_by is not None:
                check_single_valued("group_by", body.group_by, collection.attribute_types)
            services.collections.set_group_by(name, body.group_by)
            services.definitions.forget(name)
        if encoder is None or is_current(collection.encoder, encoder):
            return None
        args = ChangeEncoderArgs(encoder=encoder).model_dump(mode="json")
        new = NewJob(kind=JobKind.CHANGE_ENCODER, collection=name, args=args)
        return services.dispatcher.submit(new)


@router.post(
    "/{c}/rebuild", status_code=202, response_model=JobOut, responses=problem_responses(_BUSY)
)
def rebuild(
    c: CollectionPath, request: Request, services: ServicesDep, body: RebuildIn | None = None
) -> Response:
    """Rebuild the vectors from the store, or only repair them."""
    args = RebuildArgs(**(body or RebuildIn()).model_dump()).model_dump()
    with services.locks.exclusive(c):
        _check_not_building(services.collections.get(c), services)
        new = NewJob(kind=JobKind.REBUILD, collection=c, args=args)
        return JobResponse(services.dispatcher.submit(new), request, services)


@router.post("/{c}/verify", status_code=202, response_model=JobOut)
def verify(
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    body: VerifyIn | None = None,
) -> Response:
    """Compare store, vectors and lists; the job's result lists the differences."""
    ensure_queue_capacity(services)
    args = VerifyArgs(deep=bool(body and body.deep)).model_dump()
    new = NewJob(kind=JobKind.VERIFY, collection=collection.name, args=args)
    job = services.dispatcher.submit(new)
    return JobResponse(job, request, services)


def _check_not_building(collection: Collection, services: Services) -> None:
    """Raise `Conflict` if a job is already building vectors of the collection."""
    building = {JobKind.CHANGE_ENCODER, JobKind.REBUILD, JobKind.FIT_RECIPE}
    for job in services.ledger.open_jobs_of(collection.name, *building):
        if not job.cancel_requested and not job.is_put_off:
            raise Conflict(
                f"job {job.id} ({job.kind}) is already building vectors of {collection.name!r}; "
                "wait for that job or cancel it"
            )


def _identity(encoder: str, services: Services) -> EncoderIdentity:
    return encoder_identity(encoder, services.worker_registry.reports())


@router.delete(
    "/{c}", status_code=202, response_model=JobOut, responses=problem_responses(DISK_FULL)
)
def delete(c: CollectionPath, request: Request, services: ServicesDep) -> Response:
    """Delete a collection with everything in it. The collection is out of service immediately."""
    with services.locks.exclusive(c):
        services.collections.get(c)
        services.lists.withdraw(c)  # the busiest route asks only the cache
        new = NewJob(kind=JobKind.DELETE_COLLECTION, collection=c)
        job = services.ledger.create(new)  # before marking: a crash in between loses nothing
        services.collections.mark_deleting(c)
        services.definitions.forget(c)
    services.dispatcher.enqueue(job)
    return JobResponse(job, request, services)


def _out(collection: Collection, services: Services) -> CollectionOut:
    shadow = collection.shadow_index
    return CollectionOut(
        name=collection.name,
        description=collection.description,
        encoder=collection.encoder.name,
        group_by=collection.group_by,
        changing_to=shadow.encoder.name if shadow else None,
        recipe=collection.encoder.recipe,
        colour_weight=usual_colour_weight(collection.encoder),
        fit=_fit_out(collection.fit) if collection.fit else None,
        fit_automatically=collection.fit_automatically,
        state=collection.state,
        created_at=collection.created_at,
        **services.items(collection).count(),
    )


def _fit_out(fit: RecipeFit) -> FitOut:
    return FitOut(
        accepted=bool(fit.statistics), **fit.model_dump(exclude={"statistics", "weights"})
    )
