"""Sales: upload CSV files, list them with their import reports, download rejected rows, delete."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import DISK_FULL, UPLOAD_USED, problem_responses
from api.schemas.form_fields import UPLOAD_FIELD, form_body, form_field
from api.schemas.jobs import JobOut
from api.schemas.parameters import ColumnsQuery, DatesQuery, EncodingQuery, UploadPath
from api.schemas.sales import RowReasons, SalesPage, SalesUploadOut
from api.services.job_responses import IdempotencyKeyDep, JobResponse, upload_response
from api.services.multipart_upload import UploadedForm, receive_form, receive_raw_body
from api.services.rejected_rows import explain_rows
from core.errors import InvalidInput, UnsupportedMediaType
from core.jobs import DeleteSalesArgs, ImportSalesArgs, JobKind, NewJob
from core.sales.dates import DateOrder
from core.sales.dialect import find_dialect
from core.sales.header import parse_overrides
from core.sales.import_report import ImportReport
from core.settings import Limits
from core.storage import Collection, Uploads
from core.storage.sales import REJECTS

router = APIRouter(prefix="/v1/collections/{c}/sales", tags=["sales"])

_UPLOAD_PROBLEMS = problem_responses(
    DISK_FULL,
    UPLOAD_USED,
    UnsupportedMediaType("the sales file is an Excel workbook or similar; save it as CSV"),
)
_REJECTS_EXAMPLE = (
    "line,reason,text\r\n"
    '7,date (created_at) has a year with only two digits,"ann,A-12,1001,20095,DE,1/2/26"\r\n'
)
_RAW_TYPES = {"text/csv", "application/csv", "application/gzip", "application/x-gzip"}
_READ_BYTES = 1 << 16
_DATE_ORDERS: dict[str, DateOrder] = {"day-first": "day first", "month-first": "month first"}
_CURL = "with curl: -H 'content-type: text/csv' --data-binary @sales.csv, or -F file=@sales.csv"
_FILE = form_field("The sales as CSV, optionally gzipped or zipped.", "sales.csv", format="binary")
_BODY = form_body(file=_FILE, upload=UPLOAD_FIELD)
_BODY["requestBody"]["content"]["text/csv"] = {"schema": {"type": "string"}}


def _import_args(
    columns: ColumnsQuery = "", dates: DatesQuery = None, encoding: EncodingQuery = None
) -> ImportSalesArgs:
    """Return the arguments of an import job; its upload is filled in later."""
    return ImportSalesArgs(
        upload="",
        columns=parse_overrides(columns),
        date_order=_DATE_ORDERS[dates] if dates else None,
        encoding=encoding,
    )


ImportArgsDep = Annotated[ImportSalesArgs, Depends(_import_args)]


@router.post(
    "", status_code=202, response_model=JobOut, responses=_UPLOAD_PROBLEMS, openapi_extra=_BODY
)
async def upload(
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    key: IdempotencyKeyDep,
    args: ImportArgsDep,
) -> Response:
    """Upload order lines as a CSV file, optionally gzipped or zipped. A training run follows."""
    new_job = partial(_new_import, services, collection, args)
    return await upload_response(request, services, key, _receive, new_job, "file")


async def _receive(request: Request, uploads: Uploads, limits: Limits) -> UploadedForm:
    media_type = request.headers.get("content-type", "").split(";")[0]
    if media_type.strip().lower() in _RAW_TYPES:
        return await receive_raw_body(request, uploads, limits, "sales.csv")
    if not media_type.startswith("multipart/"):
        raise UnsupportedMediaType(
            f"send the file as text/csv, or in a form as the field `file`; {_CURL}"
        )
    return await receive_form(request, uploads, limits, {"file": "file", "upload": "text"})


def _new_import(
    services: Services, collection: Collection, args: ImportSalesArgs, form: UploadedForm
) -> NewJob:
    """Create the import job of a file after checking that the file has the required columns."""
    if len(form.files) != 1:
        raise InvalidInput(f"the form has {len(form.files)} files; send exactly one, as `file`")
    (file,) = form.files
    with services.uploads.open_file(form.upload_id, file) as content:
        find_dialect(content, args.columns, args.encoding)
    args = args.model_copy(update={"upload": form.upload_id, "filename": file.filename})
    return NewJob(kind=JobKind.IMPORT_SALES, collection=collection.name, args=args.model_dump())


@router.get("")
def list_all(collection: CollectionDep, services: ServicesDep) -> SalesPage:
    """List all uploads, oldest first, with their import reports."""
    uploads = services.sales(collection).uploads()
    return SalesPage(items=[SalesUploadOut.model_validate(upload) for upload in uploads])


@router.get(
    "/{upload}/rejects.csv",
    response_class=StreamingResponse,
    response_description="The rejected rows.",
    responses={200: {"content": {"text/csv": {"example": _REJECTS_EXAMPLE}}}},
)
def rejects(
    upload: UploadPath, collection: CollectionDep, services: ServicesDep
) -> StreamingResponse:
    """Download the rejected rows of an upload, each with its line number, reason and text."""
    sales = services.sales(collection)
    sales.upload(upload)

    def chunks() -> Iterator[bytes]:
        with sales.open_read(upload, REJECTS) as file:
            while data := file.read(_READ_BYTES):
                yield data

    return StreamingResponse(chunks(), media_type="text/csv; charset=utf-8")


@router.get("/{upload}/reasons")
def reasons(
    upload: UploadPath,
    collection: CollectionDep,
    services: ServicesDep,
    examples: Annotated[
        int, Query(ge=0, le=20, description="Number of examples of each reason.", examples=[5])
    ] = 5,
) -> RowReasons:
    """List why rows of an upload do not count: rejected rows first, then cancelled orders."""
    sales = services.sales(collection)
    report = ImportReport.model_validate(sales.upload(upload).report)
    with sales.open_read(upload, REJECTS) as file:
        return RowReasons(items=explain_rows(report, file, examples))


@router.delete("", status_code=202, response_model=JobOut)
def delete_all(collection: CollectionDep, request: Request, services: ServicesDep) -> Response:
    """Delete all sales of a collection, and its recommendation lists."""
    return _delete(DeleteSalesArgs(), collection, request, services)


@router.delete("/{upload}", status_code=202, response_model=JobOut)
def delete(
    upload: UploadPath, collection: CollectionDep, request: Request, services: ServicesDep
) -> Response:
    """Delete the sales of one upload. A training run follows."""
    services.sales(collection).upload(upload)
    return _delete(DeleteSalesArgs(upload=upload), collection, request, services)


def _delete(
    args: DeleteSalesArgs, collection: Collection, request: Request, services: Services
) -> Response:
    new = NewJob(kind=JobKind.DELETE_SALES, collection=collection.name, args=args.model_dump())
    return JobResponse(services.dispatcher.submit(new), request, services)
