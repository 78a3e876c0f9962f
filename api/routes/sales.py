"""Sales: upload CSV files, list them with their import reports, download rejected rows, delete."""

from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.schemas.jobs import JobOut
from api.schemas.parameters import ColumnsQuery, UploadPath, form_body, form_field
from api.schemas.sales import SalesPage, SalesUploadOut
from api.services.job_responses import (
    IdempotencyKeyDep,
    find_idempotent_job,
    job_response,
    submit_upload,
)
from api.services.multipart_upload import FormFields, receive_form, receive_raw_body
from core.errors import CoreError, InvalidInput, UnsupportedMediaType
from core.jobs import DeleteSalesArgs, ImportSalesArgs, Job, JobKind, NewJob
from core.jobs.ledger import new_id
from core.sales.dialect import find_dialect
from core.sales.header import parse_overrides
from core.storage import Collection
from core.storage.sales import REJECTS

router = APIRouter(prefix="/v1/collections/{c}/sales", tags=["sales"])

_UPLOAD_PROBLEMS = problem_responses(
    DISK_FULL,
    UnsupportedMediaType("the sales file is an Excel workbook or similar; save it as CSV"),
)
_REJECTS_EXAMPLE = 'line,reason,text\r\n7,created_at: not a date,"ann,A-12,1001,20095,DE,soon"\r\n'
_RAW_TYPES = {"text/csv", "application/csv", "application/gzip", "application/x-gzip"}
_READ_BYTES = 1 << 16
_CURL = "with curl: -H 'content-type: text/csv' --data-binary @sales.csv, or -F file=@sales.csv"
_FILE = form_field("The sales as CSV, optionally gzipped or zipped.", "sales.csv", format="binary")
_BODY = form_body("file", file=_FILE)
_BODY["requestBody"]["content"]["text/csv"] = {"schema": {"type": "string"}}


@router.post(
    "", status_code=202, response_model=JobOut, responses=_UPLOAD_PROBLEMS, openapi_extra=_BODY
)
async def upload(
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    key: IdempotencyKeyDep,
    columns: ColumnsQuery = "",
) -> Response:
    """Upload order lines as a CSV file, optionally gzipped or zipped. A training follows."""
    overrides = parse_overrides(columns)
    existing = await run_in_threadpool(find_idempotent_job, services, key)
    if existing:
        return await job_response(request, services, existing)
    upload_id = new_id()
    filename = await _receive(request, services, upload_id)
    args = ImportSalesArgs(upload=upload_id, filename=filename, columns=overrides)
    job = await run_in_threadpool(_submit, services, collection, args, key)
    return await job_response(request, services, job)


async def _receive(request: Request, services: Services, upload_id: str) -> str:
    """Stage the file; return its name."""
    limits = services.settings.limits
    media_type = request.headers.get("content-type", "").split(";")[0]
    if media_type.strip().lower() in _RAW_TYPES:
        await receive_raw_body(request, services.uploads, upload_id, limits, "sales.csv")
        return "sales.csv"
    if not media_type.startswith("multipart/"):
        raise UnsupportedMediaType(
            f"send the file as text/csv, or in a form as the field `file`; {_CURL}"
        )
    fields = FormFields(files=("file",))
    form = await receive_form(request, services.uploads, upload_id, limits, fields)
    return form.files[0].filename if form.files else ""


def _submit(
    services: Services, collection: Collection, args: ImportSalesArgs, key: str | None
) -> Job:
    try:
        _check_header(services, args)
    except CoreError:
        services.uploads.discard(args.upload)
        raise
    new = NewJob(kind=JobKind.IMPORT_SALES, collection=collection.name, args=args.model_dump())
    return submit_upload(services, new, key)


def _check_header(services: Services, args: ImportSalesArgs) -> None:
    """Check right away that the file has the required columns."""
    files = services.uploads.files(args.upload)
    if len(files) != 1:
        raise InvalidInput(f"send exactly one file as `file`; received {len(files)}")
    with services.uploads.open_file(args.upload, files[0]) as file:
        find_dialect(file, args.columns)


@router.get("")
def list_all(collection: CollectionDep, services: ServicesDep) -> SalesPage:
    """List all uploads, oldest first, with their import reports."""
    uploads = services.sales(collection).uploads()
    return SalesPage(items=[SalesUploadOut(**upload.model_dump()) for upload in uploads])


@router.get(
    "/{upload}/rejects.csv",
    response_class=StreamingResponse,
    response_description="The rejected rows.",
    responses={200: {"content": {"text/csv": {"example": _REJECTS_EXAMPLE}}}},
)
def rejects(
    upload: UploadPath, collection: CollectionDep, services: ServicesDep
) -> StreamingResponse:
    """Download the rejected rows of an upload: line, reason, text."""
    sales = services.sales(collection)
    sales.upload(upload)

    def chunks() -> Iterator[bytes]:
        with sales.open_read(upload, REJECTS) as file:
            while data := file.read(_READ_BYTES):
                yield data

    return StreamingResponse(chunks(), media_type="text/csv; charset=utf-8")


@router.delete("", status_code=202, response_model=JobOut)
async def delete_all(
    collection: CollectionDep, request: Request, services: ServicesDep
) -> Response:
    """Delete all sales of a collection, and its recommendation lists."""
    return await _delete(DeleteSalesArgs(), collection, request, services)


@router.delete("/{upload}", status_code=202, response_model=JobOut)
async def delete(
    upload: UploadPath, collection: CollectionDep, request: Request, services: ServicesDep
) -> Response:
    """Delete the sales of one upload. A training follows."""
    await run_in_threadpool(services.sales(collection).upload, upload)
    return await _delete(DeleteSalesArgs(upload=upload), collection, request, services)


async def _delete(
    args: DeleteSalesArgs, collection: Collection, request: Request, services: Services
) -> Response:
    new = NewJob(kind=JobKind.DELETE_SALES, collection=collection.name, args=args.model_dump())
    job = await run_in_threadpool(services.dispatcher.submit, new)
    return await job_response(request, services, job)
