"""Imports a sales file: valid rows become order lines, and all other rows are rejected."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pyarrow as pa

from core.csv_safety import escape_formula
from core.errors import InvalidInput
from core.jobs import ImportSalesArgs, Job, Outcome
from core.pipelines.services import Heartbeat, Services
from core.pipelines.training_requests import request_training
from core.sales.csv_rows import RejectedRow
from core.sales.dialect import find_dialect
from core.sales.file_survey import survey_file
from core.sales.import_report import ImportReport
from core.sales.importer import SalesReader
from core.sales.parquet_files import write_order_lines
from core.sales.validators import mask_addresses
from core.storage import Collection, SalesStore, SalesUpload
from core.storage.sales import ORDER_LINES, REJECTS


def import_sales(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Import the valid rows of a file and request training; skip a file imported before.

    Raises:
        NotFound: the upload was deleted.
        InvalidInput: the upload is not a sales file, or has no valid row.
    """
    collection = services.collection(job)
    args = ImportSalesArgs.model_validate(job.args)
    # an earlier run of this job may have imported the file
    upload = services.sales(collection).find(job.id) or _import_file(
        job, args, collection, services, heartbeat
    )
    services.uploads.discard(args.upload)
    report = ImportReport.model_validate(upload.report)
    result = {**upload.report, "upload": upload.id}
    if upload.id != job.id:
        result |= {"duplicate_of": upload.id, "training": None}
        return Outcome(done=0, total=report.rows, skipped=report.rows, result=result)
    result["training"] = request_training(collection.name, services)
    return Outcome(done=report.accepted, total=report.rows, skipped=report.rejected, result=result)


def _import_file(
    job: Job,
    args: ImportSalesArgs,
    collection: Collection,
    services: Services,
    heartbeat: Heartbeat,
) -> SalesUpload:
    """Import the file; return the new upload, or an earlier upload of the same file."""
    store, uploads = services.sales(collection), services.uploads
    with uploads.open_file(args.upload, uploads.files(args.upload)[0]) as file:
        dialect = find_dialect(file, args.columns)
        survey = survey_file(file, dialect)
        digest = _digest(survey.sha256, args.columns)
        if duplicate := next((up for up in store.uploads() if up.digest == digest), None):
            return duplicate
        with (
            store.open_write(job.id, ORDER_LINES) as parquet_file,
            _open_rejects(store, job.id) as reject,
        ):
            reader = SalesReader(file, dialect, survey, reject=reject)
            skus = write_order_lines(parquet_file, _with_heartbeat(reader, heartbeat))
    report = reader.report
    if not report.accepted:
        store.remove(job.id)
        raise InvalidInput(f"no row of the file can be used: {report.list_reasons()}")
    report.unknown_skus = len(skus - set(services.items(collection).find(skus)))
    upload = SalesUpload(
        id=job.id,
        filename=args.filename,
        imported_at=datetime.now(UTC),
        digest=digest,
        report=report.model_dump(mode="json"),
    )
    with services.locks.exclusive(collection.name):
        services.reload_collection(collection)
        store.put(upload)
    return upload


def _digest(sha256: str, columns: dict[str, str]) -> str:
    """Return the digest of the file and the columns: with other columns, it is another upload."""
    if not columns:
        return sha256
    return hashlib.sha256(f"{sorted(columns.items())}{sha256}".encode()).hexdigest()


def _with_heartbeat(
    batches: Iterable[pa.RecordBatch], heartbeat: Heartbeat
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        heartbeat()
        yield batch


@contextmanager
def _open_rejects(store: SalesStore, upload_id: str) -> Iterator[Callable[[RejectedRow], None]]:
    """Yield a function that writes a row to the upload's file of rejected rows."""
    with store.open_write(upload_id, REJECTS) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(["line", "reason", "text"])
        yield lambda row: writer.writerow([
            row.line,
            row.reason,
            escape_formula(mask_addresses(row.text)),
        ])
        text.flush()
        text.detach()
