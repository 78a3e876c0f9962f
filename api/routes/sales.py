"""Sales: CSV files in, their reports, and what could not be read of them."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import FULL, documented
from api.schemas.models import JobOut
from api.schemas.sales import SalesOut, SalesUploadOut
from api.services.job_responses import KeyDep, job_answer, known_job, submit_upload
from api.services.multipart_upload import receive, receive_whole
from core.errors import CoreError, InvalidInput, UnsupportedMedia
from core.jobs import DeleteSalesArgs, ImportSalesArgs, Job, JobKind, NewJob
from core.jobs.ledger import new_id
from core.sales.dialect import find_dialect
from core.sales.header import read_columns
from core.storage import Collection
from core.storage.sales import REJECTS

router = APIRouter(prefix="/v1/collections/{c}/sales", tags=["sales"])

_UPLOAD = documented(
    FULL, UnsupportedMedia("the sales file is an Excel workbook or the like; save it as CSV")
)
_REJECTS = 'line,reason,text\r\n7,created_at: not a date,"ann,A-12,1001,20095,DE,soon"\r\n'
_WHOLE = {"text/csv", "application/csv", "application/gzip", "application/x-gzip"}
_AT_ONCE = 1 << 16
_CURL = "with curl: -H 'content-type: text/csv' --data-binary @sales.csv, or -F file=@sales.csv"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


@router.post("", status_code=202, response_model=JobOut, responses=_UPLOAD, openapi_extra=_BODY)
async def upload(
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    key: KeyDep,
    columns: str = "",
) -> Response:
    """Add order lines: a CSV, gzipped or zipped if you like; a training follows."""
    said = read_columns(columns)
    known = await run_in_threadpool(known_job, services, key)
    if known:
        return await job_answer(request, services, known)
    upload_id = new_id()
    filename = await _received(request, services, upload_id)
    args = ImportSalesArgs(upload=upload_id, filename=filename, columns=said)
    job = await run_in_threadpool(_submit, services, collection, args, key)
    return await job_answer(request, services, job)


async def _received(request: Request, services: Services, upload_id: str) -> str:
    limits, kind = services.settings.limits, request.headers.get("content-type", "").split(";")[0]
    if kind.strip().lower() in _WHOLE:
        await receive_whole(request, services.uploads, upload_id, limits, "sales.csv")
        return "sales.csv"
    if not kind.startswith("multipart/"):
        raise UnsupportedMedia(f"send the file as text/csv, or as `file` of a form; {_CURL}")
    form = await receive(request, services.uploads, upload_id, limits, files=("file",))
    return form.files[0].filename if form.files else ""


def _submit(
    services: Services, collection: Collection, args: ImportSalesArgs, key: str | None
) -> Job:
    try:
        _check(services, args)
    except CoreError:
        services.uploads.discard(args.upload)
        raise
    kept = args.model_dump()
    new = NewJob(kind=JobKind.IMPORT_SALES, collection=collection.name, args=kept)
    return submit_upload(services, new, key)


def _check(services: Services, args: ImportSalesArgs) -> None:
    """What can be told at once: that its columns are there."""
    parts = services.uploads.parts(args.upload)
    if len(parts) != 1:
        raise InvalidInput(f"send one file as `file`; {len(parts)} came")
    with services.uploads.opened_part(args.upload, parts[0]) as file:
        find_dialect(file, args.columns)


@router.get("")
def summary(collection: CollectionDep, services: ServicesDep) -> SalesOut:
    """All uploads, the oldest first, each with its report."""
    uploads = services.sales(collection).uploads()
    return SalesOut(items=[SalesUploadOut(**one.model_dump()) for one in uploads])


@router.get(
    "/{upload}/rejects.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"example": _REJECTS}}}},
)
def rejects(upload: str, collection: CollectionDep, services: ServicesDep) -> StreamingResponse:
    """The rows of an upload that could not be used: line, reason, text."""
    sales = services.sales(collection)
    sales.upload(upload)

    def pieces() -> Iterator[bytes]:
        with sales.reading(upload, REJECTS) as file:
            while data := file.read(_AT_ONCE):
                yield data

    return StreamingResponse(pieces(), media_type="text/csv; charset=utf-8")


@router.delete("", status_code=202, response_model=JobOut)
async def delete_all(
    collection: CollectionDep, request: Request, services: ServicesDep
) -> Response:
    """Delete all sales of the collection; its lists go too."""
    return await _deleting(DeleteSalesArgs(), collection, request, services)


@router.delete("/{upload}", status_code=202, response_model=JobOut)
async def delete_one(
    upload: str, collection: CollectionDep, request: Request, services: ServicesDep
) -> Response:
    """Delete the sales of one upload; a training follows."""
    await run_in_threadpool(services.sales(collection).upload, upload)
    return await _deleting(DeleteSalesArgs(upload=upload), collection, request, services)


async def _deleting(
    args: DeleteSalesArgs, collection: Collection, request: Request, services: Services
) -> Response:
    new = NewJob(kind=JobKind.DELETE_SALES, collection=collection.name, args=args.model_dump())
    job = await run_in_threadpool(services.dispatcher.submit, new)
    return await job_answer(request, services, job)
