"""Items: upload, list, read, replace, change, delete."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.schemas.items import ImageOut, ItemOut, ItemPatch, ItemsPage
from api.schemas.jobs import JobOut
from api.schemas.parameters import CursorQuery, Filter, Limit, SkuPath, form_body, form_field
from api.services.form_parsing import parse_attributes
from api.services.job_responses import IdempotencyKeyDep, upload_response
from api.services.multipart_upload import UploadedForm, receive_form
from api.services.urls import image_url
from core.domain import check_attributes, check_sku
from core.errors import InvalidInput, UnsupportedMediaType
from core.filters.parse import NAME_LENGTH, parse_filter
from core.jobs import IngestArgs, Job, JobKind, NewJob, SyncArgs
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
    "items.csv or items.jsonl with `sku`, `file`, `view` and attributes. A manifest may be sent "
    "without images.",
    "items.csv",
    format="binary",
)
_FOLDERS = form_field(
    "Name of an attribute: each image becomes an item, with the name of its folder as the "
    "attribute's value. By default, each folder is an item, and its images are views.",
    "kind",
)
_ATTRIBUTES = form_field(
    "JSON object of the item's attributes.",
    '{"kind": "dress", "price": 49.9}',
    contentMediaType="application/json",
)
_FILE_FIELDS = {"files": "file", "manifest": "file"}


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
    """Upload images or archives of images; a manifest is optional, or may be sent alone."""
    receive = partial(receive_form, fields=_FILE_FIELDS | {"folders": "text"})
    return await upload_response(request, services, key, receive, partial(_new_upload, collection))


def _new_upload(collection: Collection, form: UploadedForm) -> NewJob:
    _check_not_empty(form, "files", "manifest")
    folders = _check_folders(form.texts.get("folders", ""))
    return _new_ingest(collection, IngestArgs(upload=form.upload_id, folders=folders or None))


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
    new_job = partial(_new_replacement, collection, check_sku(sku))
    receive = partial(receive_form, fields=_FILE_FIELDS | {"attributes": "text"})
    return await upload_response(request, services, key, receive, new_job)


def _new_replacement(collection: Collection, sku: str, form: UploadedForm) -> NewJob:
    _check_not_empty(form, "files")
    attributes = parse_attributes(form.texts.get("attributes", "{}"))
    args = IngestArgs(upload=form.upload_id, replace=sku, attributes=attributes)
    return _new_ingest(collection, args)


def _check_not_empty(form: UploadedForm, *fields: str) -> None:
    if not any(file.size for file in form.files if file.field in fields):
        raise InvalidInput("the upload is empty; send images or archives as `files`")


def _check_folders(name: str) -> str:
    name = name.strip()
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise InvalidInput(
            f"folders: give an attribute name of 1 to {NAME_LENGTH} printable characters"
        )
    return name


def _new_ingest(collection: Collection, args: IngestArgs) -> NewJob:
    return NewJob(
        kind=JobKind.INGEST, collection=collection.name, args=args.model_dump(exclude_none=True)
    )


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
        merged = {k: v for k, v in (item.attributes | body.attributes).items() if v is not None}
        changed = item.with_attributes(check_attributes(merged))
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
    """Delete an item. Searches and lists omit the item immediately."""
    with services.locks.exclusive(collection.name):
        services.items(collection).get(sku)
        services.lists.hide(
            collection.name, sku
        )  # first, so that nothing changes if the cache is down
        job = _create_sync_job(services, collection, sku)
        services.items(collection).remove(sku)
    services.dispatcher.enqueue(job.kind, job.id)


def _create_sync_job(services: Services, collection: Collection, sku: str) -> Job:
    """Record a job that updates vectors, before the item changes: a crash loses nothing.

    The job waits for the collection's lock, so it reads the changed item.
    """
    args = SyncArgs(skus=(sku,)).model_dump()
    return services.ledger.create(
        NewJob(kind=JobKind.SYNC_ITEMS, collection=collection.name, args=args)
    )


def _out(item: Item, collection: Collection, request: Request) -> ItemOut:
    images = [
        ImageOut(url=image_url(request, collection.name, item.sku, image.view), **dict(image))
        for image in item.images
    ]
    return ItemOut(images=images, **item.model_dump(exclude={"images"}))
