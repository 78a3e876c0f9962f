"""Imports a sales file: valid rows become order lines, and all other rows are rejected."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pyarrow as pa

from core.errors import NotFound
from core.jobs import ImportSalesArgs, Job, Outcome
from core.pipelines.sales.commit import SalesDeleted, check_not_deleted, commit_upload
from core.pipelines.sales.erased_rows import ErasedRows
from core.pipelines.sales.rejects import open_rejects
from core.pipelines.services import Heartbeat, Services
from core.pipelines.training_requests import request_training
from core.sales.date_survey import DateHints
from core.sales.dates import DateOrder
from core.sales.dialect import find_dialect
from core.sales.file_survey import survey_file
from core.sales.import_report import ImportReport
from core.sales.importer import MAX_EXAMPLES, SalesReader
from core.sales.parquet_files import write_order_lines
from core.storage import Collection, SalesStore, SalesUpload
from core.storage.sales import ORDER_LINES


def import_sales(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Import the valid rows of a file and request training; skip a file imported before.

    Raises:
        NotFound: the upload was deleted.
        InvalidInput: the upload is not a sales file, or has no valid row.
        SalesDeleted: all sales were deleted after the file was sent.
    """
    collection = services.collection(job)
    args = ImportSalesArgs.model_validate(job.args)
    try:
        check_not_deleted(services.sales(collection), job.id, job.sequence)
        # an earlier run of this job may have imported the file
        upload = services.sales(collection).find(job.id) or _import_file(
            job, args, collection, services, heartbeat
        )
    except SalesDeleted:
        services.uploads.discard(args.upload)  # nothing of the file may stay
        raise
    services.uploads.discard(args.upload)
    report = ImportReport.model_validate(upload.report)
    result = {**upload.report, "upload": upload.id}
    if upload.id != job.id:
        result |= {"duplicate_of": upload.id, "training": None}
        return Outcome(done=0, total=report.rows, skipped=report.rows, result=result)
    result["training"] = request_training(collection.name, services)
    total = report.accepted + report.rejected  # cancelled orders are neither
    return Outcome(done=report.accepted, total=total, skipped=report.rejected, result=result)


def _import_file(
    job: Job,
    args: ImportSalesArgs,
    collection: Collection,
    services: Services,
    heartbeat: Heartbeat,
) -> SalesUpload:
    """Import the file; return the new upload, or an earlier upload of the same file."""
    store, uploads = services.sales(collection), services.uploads
    _check_file_exists(args.upload, services)
    store.remove_leftovers(job.id)
    erased = ErasedRows(services.erasures(collection).load(), job.sequence)
    with uploads.open_file(args.upload, uploads.files(args.upload)[0]) as file:
        dialect = find_dialect(file, args.columns, args.encoding)
        hints = DateHints(stated=args.date_order, earlier=_earlier_date_order(store))
        survey = survey_file(file, dialect, hints)
        digest = _digest(survey.sha256, args)
        if duplicate := next((up for up in store.uploads() if up.digest == digest), None):
            return duplicate
        with (
            store.open_write(job.id, ORDER_LINES) as parquet_file,
            open_rejects(store, job.id) as write_reject,
        ):
            reader = SalesReader(
                file, dialect, survey, reject=lambda row: write_reject(erased.hide_names(row))
            )
            rows = erased.filter(_with_heartbeat(reader, heartbeat), write_reject)
            skus = write_order_lines(parquet_file, rows)
    unknown = skus - set(services.items(collection).find(skus))
    reader.report.unknown_skus = len(unknown)
    reader.report.unknown_examples = sorted(unknown)[:MAX_EXAMPLES]
    upload = SalesUpload(
        id=job.id,
        filename=args.filename,
        imported_at=datetime.now(UTC),
        sequence=job.sequence,
        digest=digest,
    )
    return commit_upload(upload, reader.report, erased, collection, services)


def _check_file_exists(upload: str, services: Services) -> None:
    try:
        services.uploads.files(upload)
    except NotFound as exc:
        raise NotFound(
            "the file is no longer stored: it is deleted after seven days, and as soon as a "
            "customer is erased or sales are deleted; send it again"
        ) from exc


def _earlier_date_order(store: SalesStore) -> DateOrder | None:
    """Return the order of day and month that earlier uploads prove; None if they disagree."""
    reports = (ImportReport.model_validate(upload.report) for upload in store.uploads())
    orders = {report.date_order for report in reports if report.date_order}
    return orders.pop() if len(orders) == 1 else None


def _digest(sha256: str, args: ImportSalesArgs) -> str:
    """Return a digest of file and options: a file read with new options counts as a new file."""
    options = (sorted(args.columns.items()), args.date_order, args.encoding)
    if options == ([], None, None):
        return sha256
    return hashlib.sha256(f"{options}{sha256}".encode()).hexdigest()


def _with_heartbeat(
    batches: Iterable[pa.RecordBatch], heartbeat: Heartbeat
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        heartbeat()
        yield batch
