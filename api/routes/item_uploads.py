"""Uploads of images and manifests, and replacement of single items."""

from functools import partial

from fastapi import APIRouter, Request, Response

from api.dependencies import CollectionDep, ServicesDep
from api.errors import DISK_FULL, UPLOAD_USED, problem_responses
from api.schemas.form_fields import UPLOAD_FIELD, form_body, form_field
from api.schemas.jobs import JobOut
from api.schemas.parameters import SkuPath
from api.services.form_parsing import parse_attributes, parse_flag, parse_share
from api.services.job_responses import IdempotencyKeyDep, upload_response
from api.services.multipart_upload import UploadedForm, receive_form
from core.attributes import check_not_seen, learn_and_read
from core.domain import check_sku
from core.errors import InvalidInput, UnsupportedMediaType
from core.filters.parse import NAME_LENGTH
from core.jobs import IngestArgs, JobKind, NewJob
from core.storage import Collection

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
    "items.csv or items.jsonl with `sku`, `file`, `view`, `availability` and attributes. A column "
    "such as `image` may contain URLs, from which images are downloaded. A manifest may be sent "
    "without images.",
    "items.csv",
    format="binary",
)
_FOLDERS = form_field(
    "Name of an attribute: each image becomes an item, with the name of its folder as the "
    "attribute's value. By default, each folder is an item, and its images are views.",
    "kind",
)
_REPLACE = form_field(
    "Whether the items of the upload keep only the images and attributes that the upload brings. "
    "By default, they keep all others. A row without an image replaces only attributes.",
    "false",
    type="boolean",
)
_SYNC = form_field(
    "Whether the upload is the whole catalogue: once everything is imported, all items are deleted "
    "that it does not contain. If a file or row fails, its item stays.",
    "false",
    type="boolean",
)
_MAX_DELETED_SHARE = form_field(
    "With `sync`, the share of all items, from 0 to 1, that may be deleted; if more are missing in "
    "the upload, the job fails and imports nothing. Default: the server's setting, 0.2.",
    "0.5",
    type="number",
)
_DRY_RUN = form_field(
    "Whether to import and delete nothing; the job's `result` tells what would be done, and its "
    "failures are the rows and files that cannot be imported.",
    "false",
    type="boolean",
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
    responses=_UPLOAD_PROBLEMS | problem_responses(UPLOAD_USED),
    openapi_extra=form_body(
        files=_FILES,
        upload=UPLOAD_FIELD,
        manifest=_MANIFEST,
        folders=_FOLDERS,
        replace=_REPLACE,
        sync=_SYNC,
        max_deleted_share=_MAX_DELETED_SHARE,
        dry_run=_DRY_RUN,
    ),
)
async def upload(
    collection: CollectionDep, request: Request, services: ServicesDep, key: IdempotencyKeyDep
) -> Response:
    """Upload images or archives of images; a manifest is optional, or may be sent alone.

    An existing item keeps the images and attributes that the upload does not contain, unless
    `replace` is true.
    """
    options = ("upload", "folders", "replace", "sync", "max_deleted_share", "dry_run")
    receive = partial(receive_form, fields=_FILE_FIELDS | dict.fromkeys(options, "text"))
    return await upload_response(request, services, key, receive, partial(_new_upload, collection))


def _new_upload(collection: Collection, form: UploadedForm) -> NewJob:
    _check_not_empty(form, "files", "manifest")
    folders = _check_folders(form.texts.get("folders", ""))
    args = IngestArgs(
        upload=form.upload_id,
        filename=_describe(form),
        folders=folders or None,
        replace=parse_flag("replace", form.texts.get("replace", "")),
        sync=parse_flag("sync", form.texts.get("sync", "")),
        max_deleted_share=parse_share("max_deleted_share", form.texts.get("max_deleted_share", "")),
        dry_run=parse_flag("dry_run", form.texts.get("dry_run", "")),
    )
    if args.max_deleted_share is not None and not args.sync:
        raise InvalidInput("max_deleted_share: send it only together with sync=true")
    return _new_ingest(collection, args)


@router.put(
    "/{sku:path}",
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
    sent = parse_attributes(form.texts.get("attributes", "{}"))
    _, attributes = learn_and_read(sent, collection.attribute_types)
    args = IngestArgs(
        upload=form.upload_id,
        filename=_describe(form),
        sku=sku,
        attributes=attributes,
        replace=True,
    )
    return _new_ingest(collection, args)


def _check_not_empty(form: UploadedForm, *fields: str) -> None:
    if not any(file.size for file in form.files if file.field in fields):
        raise InvalidInput("the upload is empty; send images or archives as `files`")


def _describe(form: UploadedForm) -> str:
    first, others = form.files[0].filename, len(form.files) - 1
    return f"{first} and {others:,} more" if others else first


def _check_folders(name: str) -> str:
    name = name.strip()
    check_not_seen([name])
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise InvalidInput(
            "folders: name the attribute that the folders' names become, with 1 to "
            f"{NAME_LENGTH} printable characters"
        )
    return name


def _new_ingest(collection: Collection, args: IngestArgs) -> NewJob:
    return NewJob(
        kind=JobKind.INGEST, collection=collection.name, args=args.model_dump(exclude_none=True)
    )
