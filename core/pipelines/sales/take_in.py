"""One sales file becomes a part of the ledger; rows that cannot be read are set aside."""

import csv
import io
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO

from core.errors import InvalidInput
from core.jobs import ImportSalesArgs, Job, Outcome
from core.pipelines.ask import ask_for_training
from core.pipelines.rooms import Report, Rooms
from core.sales.dialect import find_dialect
from core.sales.ledger import write_ledger
from core.sales.reading import Reject, read_sales
from core.store import SalesFiles, SalesUpload
from core.store.sales import LEDGER, REJECTS


def import_sales(job: Job, rooms: Rooms, report: Report) -> Outcome:
    """Read the file, keep its good rows, and ask for a training.

    Raises:
        NotFound: the collection or the upload is gone.
        InvalidInput: it is no sales file, or has no good row.
    """
    collection = rooms.collection(job)
    args = ImportSalesArgs.model_validate(job.args)
    sales = rooms.sales(collection)
    part = rooms.uploads.parts(args.upload)[0]
    with rooms.uploads.opened_part(args.upload, part) as file:
        told, skus = _taken(file, sales, job.id, report)
    if not told["accepted"]:
        sales.remove(job.id)
        raise InvalidInput(f"no row of the file can be used: {_reasons(told)}")
    known = rooms.items(collection).find(skus)
    told["unknown_skus"] = len(set(skus) - set(known))
    upload = SalesUpload(
        id=job.id, filename=args.filename, imported_at=datetime.now(UTC), report=told
    )
    with rooms.locks.changing(collection.name):
        rooms.still_there(collection)
        sales.put(upload)
    rooms.uploads.discard(args.upload)
    training = ask_for_training(collection.name, rooms)
    result = {**told, "upload": job.id, "training": training}
    return Outcome(
        done=told["accepted"], total=told["rows"], skipped=told["rejected"], result=result
    )


def _taken(
    file: BinaryIO, sales: SalesFiles, upload: str, report: Report
) -> tuple[dict[str, Any], Collection[str]]:
    """What was found, and the skus that were sold."""
    dialect = find_dialect(file)
    with sales.writing(upload, LEDGER) as ledger, _rejects(sales, upload) as reject:
        reading = read_sales(file, dialect, reject=reject)
        counts = write_ledger(ledger, _reported(reading, report))
    return reading.told(), counts.skus.keys()


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
        yield lambda one: rows.writerow([one.line, one.reason, _inert(one.text)])
        text.flush()
        text.detach()


def _inert(text: str) -> str:
    """Foreign text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _reasons(told: dict[str, Any]) -> str:
    reasons = told.get("reasons") or {}
    return "; ".join(f"{count} times: {why}" for why, count in reasons.items()) or "there is none"
