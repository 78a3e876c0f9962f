"""Items: upload, list, read, change, delete; and their pictures."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import FULL, documented
from api.schemas.models import ItemOut, ItemPatch, ItemsPage, JobOut
from api.services.form_parsing import parse_attributes
from api.services.job_responses import KeyDep, job_answer, known_job, submit_upload
from api.services.multipart_upload import Form, receive
from core.domain import Attributes, check_attributes, check_sku
from core.errors import InvalidInput, UnsupportedMedia
from core.filters.parse import NAME_LENGTH, parse
from core.jobs import IngestArgs, Job, JobKind, NewJob, SyncArgs
from core.jobs.ledger import new_id
from core.storage import Collection, Item

router = APIRouter(prefix="/v1/collections/{c}/items", tags=["items"])

_UPLOAD = documented(
    FULL,
    UnsupportedMedia("send multipart/form-data with the pictures or archives as `files`"),
)
_FILES: dict[str, Any] = {
    "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
    "manifest": {"type": "string", "format": "binary"},
}


def _body(*required: str, **texts: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": list(required), "properties": _FILES | texts}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "",
    status_code=202,
    response_model=JobOut,
    responses=_UPLOAD,
    openapi_extra=_body(folders={"type": "string"}),
)
async def upload(
    collection: CollectionDep, request: Request, services: ServicesDep, key: KeyDep
) -> Response:
    """Add pictures: single ones, many, or archives, with or without a manifest; or that alone."""
    known = await run_in_threadpool(known_job, services, key)
    if known:
        return await job_answer(request, services, known)
    upload_id = new_id()
    form = await receive(
        request, services.uploads, upload_id, services.settings.limits, texts=("folders",)
    )
    job = await run_in_threadpool(_add, services, collection, (upload_id, form), key)
    return await job_answer(request, services, job)


def _add(
    services: Services, collection: Collection, sent: tuple[str, Form], key: str | None
) -> Job:
    upload_id, form = sent
    try:
        _check_not_empty(form, "files", "manifest")
        folders = _check_attribute(form.texts.get("folders", ""))
    except InvalidInput:
        services.uploads.discard(upload_id)
        raise
    return _submit(services, collection, IngestArgs(upload=upload_id, folders=folders or None), key)


@router.put(
    "/{sku}",
    status_code=202,
    response_model=JobOut,
    responses=_UPLOAD,
    openapi_extra=_body(
        "files", attributes={"type": "string", "contentMediaType": "application/json"}
    ),
)
async def replace(
    sku: str, collection: CollectionDep, request: Request, services: ServicesDep, key: KeyDep
) -> Response:
    """Replace an item: it keeps only the pictures and attributes of this request."""
    sku = check_sku(sku)
    known = await run_in_threadpool(known_job, services, key)
    if known:
        return await job_answer(request, services, known)
    upload_id = new_id()
    form = await receive(
        request, services.uploads, upload_id, services.settings.limits, texts=("attributes",)
    )
    job = await run_in_threadpool(_replace, services, collection, sku, (upload_id, form), key)
    return await job_answer(request, services, job)


def _replace(
    services: Services, collection: Collection, sku: str, sent: tuple[str, Form], key: str | None
) -> Job:
    upload_id, form = sent
    try:
        _check_not_empty(form, "files")
        attributes = parse_attributes(form.texts.get("attributes", "{}"))
    except InvalidInput:
        services.uploads.discard(upload_id)
        raise
    args = IngestArgs(upload=upload_id, replace=sku, attributes=attributes)
    return _submit(services, collection, args, key)


def _check_not_empty(form: Form, *fields: str) -> None:
    if not any(part.size for part in form.files if part.field in fields):
        raise InvalidInput("the upload is empty: send pictures or archives as `files`")


def _check_attribute(name: str) -> str:
    name = name.strip()
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise InvalidInput(f"folders: an attribute has 1 to {NAME_LENGTH} printable characters")
    return name


def _submit(services: Services, collection: Collection, args: IngestArgs, key: str | None) -> Job:
    new = NewJob(
        kind=JobKind.INGEST,
        collection=collection.name,
        args=args.model_dump(exclude_none=True),
    )
    return submit_upload(services, new, key)


@router.get("")
def list_some(
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: str | None = None,
    filter: str | None = None,
) -> ItemsPage:
    """Items, page by page; `filter` is JSON like {"price": {"lt": 50}}."""
    found, following = services.items(collection).page(
        cursor=cursor, limit=limit, where=parse(filter)
    )
    return ItemsPage(
        items=[ItemOut.of(item, collection.name, request) for item in found],
        next_cursor=following,
    )


@router.get("/{sku}")
def get(sku: str, collection: CollectionDep, request: Request, services: ServicesDep) -> ItemOut:
    """One item."""
    return ItemOut.of(services.items(collection).get(sku), collection.name, request)


@router.patch("/{sku}", responses=documented(FULL))
def change(
    sku: str, body: ItemPatch, collection: CollectionDep, request: Request, services: ServicesDep
) -> ItemOut:
    """Set attributes of an item; those not named stay, null takes one away."""
    with services.locks.changing(collection.name):
        item = services.items(collection).get(sku)
        changed = _with_attributes(item, body.attributes)
        job = _sync(services, collection, sku)
        services.items(collection).put(changed)
    services.dispatcher.announce(job.kind, job.id)
    return ItemOut.of(changed, collection.name, request)


@router.delete("/{sku}", status_code=204, responses=documented(FULL))
def delete(sku: str, collection: CollectionDep, services: ServicesDep) -> None:
    """Delete an item; it is gone from searches and lists at once."""
    with services.locks.changing(collection.name):
        services.items(collection).get(sku)
        services.lists.hide(collection.name, sku)  # first: where the cache is away, nothing happens
        job = _sync(services, collection, sku)
        services.items(collection).remove(sku)
    services.dispatcher.announce(job.kind, job.id)


def _sync(services: Services, collection: Collection, sku: str) -> Job:
    """Record that vectors must follow, before the document changes: a crash loses nothing.

    The job waits for the collection's lock, so it sees the document as it is after the change.
    """
    args = SyncArgs(skus=(sku,)).model_dump()
    return services.ledger.create(
        NewJob(kind=JobKind.SYNC_ITEMS, collection=collection.name, args=args)
    )


def _with_attributes(item: Item, changes: Attributes) -> Item:
    merged = {k: v for k, v in (item.attributes | changes).items() if v is not None}
    return item.touched(attributes=check_attributes(merged))
