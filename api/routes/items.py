"""Items: upload, list, read, replace, change, delete."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.schemas.items import ItemOut, ItemPatch, ItemsPage
from api.schemas.jobs import JobOut
from api.schemas.parameters import CursorQuery, Filter, Limit, SkuPath, form_body, form_field
from api.services.form_parsing import parse_attributes
from api.services.job_responses import (
    IdempotencyKeyDep,
    find_idempotent_job,
    job_response,
    submit_upload,
)
from api.services.multipart_upload import FormFields, UploadedForm, receive_form
from api.services.urls import image_url
from core.domain import Attributes, check_attributes, check_sku
from core.errors import InvalidInput, UnsupportedMediaType
from core.filters.parse import NAME_LENGTH, parse_filter
from core.jobs import IngestArgs, Job, JobKind, NewJob, SyncArgs
from core.jobs.ledger import new_id
from core.storage import Collection, Item

router = APIRouter(prefix="/v1/collections/{c}/items", tags=["items"])

_UPLOAD_PROBLEMS = problem_responses(
    DISK_FULL, UnsupportedMediaType("send multipart/form-data with images or archives as `files`")
)
_FILES = form_field(
    "Images, or zip or tar archives of images.",
    "images.zip",
    type="array",
    items={"type": "string", "format": "binary"},
)
_MANIFEST = form_field(
    "items.csv or items.jsonl with `sku`, `file`, `view` and attributes; it may also be sent "
    "without images.",
    "items.csv",
    format="binary",
)
_FOLDERS = form_field(
    "Name of an attribute: each image becomes an item, and the name of its folder the attribute's "
    "value. By default, each folder is an item, and its images are views.",
    "kind",
)
_ATTRIBUTES = form_field(
    "JSON object of the item's attributes.",
    '{"kind": "dress", "price": 49.9}',
    contentMediaType="application/json",
)


@router.post(
    "",
    status_code=202,
    response_model=JobOut,
    responses=_UPLOAD_PROBLEMS,
    openapi_extra=form_body(files=_FILES, manifest=_MANIFEST, folders=_FOLDERS),
)
async def upload(
    collection: CollectionDep, request: Request, services: ServicesDep, key: IdempotencyKeyDep
) -> Response:
    """Upload images or archives of images, with or without a manifest; or only a manifest."""
    existing = await run_in_threadpool(find_idempotent_job, services, key)
    if existing:
        return await job_response(request, services, existing)
    form = await _receive(request, services, FormFields(texts=("folders",)))
    job = await run_in_threadpool(_upload, services, collection, form, key)
    return await job_response(request, services, job)


async def _receive(request: Request, services: Services, fields: FormFields) -> UploadedForm:
    limits = services.settings.limits
    return await receive_form(request, services.uploads, new_id(), limits, fields)


def _upload(services: Services, collection: Collection, form: UploadedForm, key: str | None) -> Job:
    try:
        _check_not_empty(form, "files", "manifest")
        folders = _check_folders(form.texts.get("folders", ""))
    except InvalidInput:
        services.uploads.discard(form.upload_id)
        raise
    args = IngestArgs(upload=form.upload_id, folders=folders or None)
    return _submit(services, collection, args, key)


@router.put(
    "/{sku}",
    status_code=202,
    response_model=JobOut,
    responses=_UPLOAD_PROBLEMS,
    openapi_extra=form_body("files", files=_FILES, manifest=_MANIFEST, attributes=_ATTRIBUTES),
)
async def replace(
    sku: SkuPath,
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    key: IdempotencyKeyDep,
) -> Response:
    """Replace an item: only the images and attributes of this request remain."""
    sku = check_sku(sku)
    existing = await run_in_threadpool(find_idempotent_job, services, key)
    if existing:
        return await job_response(request, services, existing)
    form = await _receive(request, services, FormFields(texts=("attributes",)))
    job = await run_in_threadpool(_replace, services, collection, sku, form, key)
    return await job_response(request, services, job)


def _replace(
    services: Services, collection: Collection, sku: str, form: UploadedForm, key: str | None
) -> Job:
    try:
        _check_not_empty(form, "files")
        attributes = parse_attributes(form.texts.get("attributes", "{}"))
    except InvalidInput:
        services.uploads.discard(form.upload_id)
        raise
    args = IngestArgs(upload=form.upload_id, replace=sku, attributes=attributes)
    return _submit(services, collection, args, key)


def _check_not_empty(form: UploadedForm, *fields: str) -> None:
    if not any(file.size for file in form.files if file.field in fields):
        raise InvalidInput("the upload is empty: send images or archives as `files`")


def _check_folders(name: str) -> str:
    name = name.strip()
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise InvalidInput(
            f"folders: name an attribute with 1 to {NAME_LENGTH} printable characters"
        )
    return name


def _submit(services: Services, collection: Collection, args: IngestArgs, key: str | None) -> Job:
    new = NewJob(
        kind=JobKind.INGEST, collection=collection.name, args=args.model_dump(exclude_none=True)
    )
    return submit_upload(services, new, key)


@router.get("")
def list_page(
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    limit: Annotated[Limit, Query(le=500)] = 50,
    cursor: CursorQuery = None,
    filter: Annotated[Filter, Query()] = None,
) -> ItemsPage:
    """List items, page by page."""
    items, next_cursor = services.items(collection).page(
        cursor=cursor, limit=limit, where=parse_filter(filter)
    )
    return ItemsPage(
        items=[_out(item, collection, request) for item in items], next_cursor=next_cursor
    )


@router.get("/{sku}")
def get(
    sku: SkuPath, collection: CollectionDep, request: Request, services: ServicesDep
) -> ItemOut:
    """Get an item."""
    return _out(services.items(collection).get(sku), collection, request)


@router.patch("/{sku}", responses=problem_responses(DISK_FULL))
def change(
    sku: SkuPath,
    body: ItemPatch,
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
) -> ItemOut:
    """Set attributes of an item. Other attributes remain; null removes an attribute."""
    with services.locks.exclusive(collection.name):
        item = services.items(collection).get(sku)
        changed = _with_attributes(item, body.attributes)
        job = _create_sync_job(services, collection, sku)
        services.items(collection).put(changed)
    services.dispatcher.enqueue(job.kind, job.id)
    return _out(changed, collection, request)


@router.delete(
    "/{sku}",
    status_code=204,
    response_description="The item is deleted.",
    responses=problem_responses(DISK_FULL),
)
def delete(sku: SkuPath, collection: CollectionDep, services: ServicesDep) -> None:
    """Delete an item. It disappears from searches and lists immediately."""
    with services.locks.exclusive(collection.name):
        services.items(collection).get(sku)
        services.lists.hide(collection.name, sku)  # first: nothing happens if the cache is down
        job = _create_sync_job(services, collection, sku)
        services.items(collection).remove(sku)
    services.dispatcher.enqueue(job.kind, job.id)


def _create_sync_job(services: Services, collection: Collection, sku: str) -> Job:
    """Record that vectors must be updated, before the item changes: a crash loses nothing.

    The job waits for the collection's lock, so it sees the item as it is after the change.
    """
    args = SyncArgs(skus=(sku,)).model_dump()
    return services.ledger.create(
        NewJob(kind=JobKind.SYNC_ITEMS, collection=collection.name, args=args)
    )


def _with_attributes(item: Item, changes: Attributes) -> Item:
    merged = {k: v for k, v in (item.attributes | changes).items() if v is not None}
    return item.with_attributes(check_attributes(merged))


def _out(item: Item, collection: Collection, request: Request) -> ItemOut:
    return ItemOut.from_item(item, partial(image_url, request, collection.name, item.sku))
