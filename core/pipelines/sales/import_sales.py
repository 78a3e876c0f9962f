"""One sales file becomes a part of the ledger; rows that cannot be read are set aside."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO

from core.csv_safety import inert
from core.errors import InvalidInput
from core.jobs import ImportSalesArgs, Job, Outcome
from core.pipelines.services import Report, Services
from core.pipelines.training_requests import ask_for_training
from core.sales.dialect import find_dialect
from core.sales.importer import Reject, read_sales
from core.sales.order_lines import write_ledger
from core.sales.validators import without_addresses
from core.storage import Collection, SalesFiles, SalesUpload
from core.storage.sales import LEDGER, REJECTS

_AT_ONCE = 1024 * 1024


def import_sales(job: Job, services: Services, report: Report) -> Outcome:
    """Read the file, keep its good rows, and ask for a training; a known file is passed over.

    Raises:
        NotFound: the collection or the upload is gone.
        InvalidInput: it is no sales file, or has no good row.
    """
    collection = services.collection(job)
    args = ImportSalesArgs.model_validate(job.args)
    # a delivery before this one may have come so far
    upload = services.sales(collection).find(job.id) or _take_in(
        job, args, collection, services, report
    )
    services.uploads.discard(args.upload)
    told = upload.report
    if upload.id != job.id:
        result = {**told, "upload": upload.id, "duplicate_of": upload.id, "training": None}
        return Outcome(done=0, total=told["rows"], skipped=told["rows"], result=result)
    result = {**told, "upload": job.id, "training": ask_for_training(collection.name, services)}
    return Outcome(
        done=told["accepted"], total=told["rows"], skipped=told["rejected"], result=result
    )


def _take_in(
    job: Job, args: ImportSalesArgs, collection: Collection, services: Services, report: Report
) -> SalesUpload:
    """The upload that this file has become; or an earlier one, of the same bytes."""
    sales = services.sales(collection)
    part = services.uploads.parts(args.upload)[0]
    with services.uploads.opened_part(args.upload, part) as file:
        digest = _digest(file, args.columns)
    if same := next((one for one in sales.uploads() if one.digest == digest), None):
        return same
    with services.uploads.opened_part(args.upload, part) as file:
        told, skus = _taken(file, args.columns, (sales, job.id), report)
    if not told["accepted"]:
        sales.remove(job.id)
        raise InvalidInput(f"no row of the file can be used: {_reasons(told)}")
    told["unknown_skus"] = len(skus - set(services.items(collection).find(skus)))
    upload = SalesUpload(
        id=job.id,
        filename=args.filename,
        imported_at=datetime.now(UTC),
        digest=digest,
        report=told,
    )
    with services.locks.changing(collection.name):
        services.still_there(collection)
        sales.put(upload)
    return upload


def _digest(file: BinaryIO, columns: dict[str, str]) -> str:
    """Of the file, and of how it is to be read: the same file with other columns is another."""
    digest = hashlib.sha256(repr(sorted(columns.items())).encode() if columns else b"")
    while data := file.read(_AT_ONCE):
        digest.update(data)
    return digest.hexdigest()


def _taken(
    file: BinaryIO, columns: dict[str, str], place: tuple[SalesFiles, str], report: Report
) -> tuple[dict[str, Any], set[str]]:
    """What was found, and the skus that were sold."""
    sales, upload = place
    dialect = find_dialect(file, columns)
    with sales.writing(upload, LEDGER) as ledger, _rejects(sales, upload) as reject:
        reading = read_sales(file, dialect, reject=reject)
        counts = write_ledger(ledger, _reported(reading, report))
    return reading.told(), set(counts.skus)


def _reported(batches: Any, report: Report) -> Iterator[Any]:
    for batch in batches:
        report()
        yield batch


@contextmanager
def _rejects(sales: SalesFiles, upload: str) -> Iterator[Callable[[Reject], None]]:
    """Where rows are written that cannot be used."""
    with sales.writing(upload, REJECTS) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        rows = csv.writer(text)
        rows.writerow(["line", "reason", "text"])
        yield lambda one: rows.writerow([one.line, one.reason, inert(without_addresses(one.text))])
        text.flush()
        text.detach()


def _reasons(told: dict[str, Any]) -> str:
    reasons = told.get("reasons") or {}
    return "; ".join(f"{count} times: {why}" for why, count in reasons.items()) or "there is none"
