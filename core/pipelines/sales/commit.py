"""Adds an imported file to the collection.

Rows of users who were erased during the import are left out. If all sales were deleted after the
file was sent, nothing is added.
"""

from core.errors import Conflict, InvalidInput
from core.pipelines.sales.erased_rows import REASON, ErasedRows
from core.pipelines.sales.rejects import clear_rejects
from core.pipelines.services import Services
from core.sales.import_report import ImportReport
from core.sales.parquet_files import copy_rows
from core.storage import Collection, SalesStore, SalesUpload
from core.storage.sales import ORDER_LINES


class SalesDeleted(Conflict):
    """Raised when all sales were deleted after the file of an import was sent."""


def commit_upload(
    upload: SalesUpload,
    report: ImportReport,
    erased: ErasedRows,
    collection: Collection,
    services: Services,
) -> SalesUpload:
    """Save the upload with its report, and return it; its order lines count from now on.

    Args:
        erased: the rows that were left out while the file was read.

    Raises:
        SalesDeleted: all sales were deleted after the file was sent.
        InvalidInput: the upload has no valid row.
    """
    store = services.sales(collection)
    with services.locks.exclusive(collection.name) as ensure_held:
        services.reload_collection(collection)
        check_not_deleted(store, upload.id, upload.sequence)
        _drop_rows_erased_meanwhile(upload, erased, collection, services)
        _count_erased_rows(report, erased.count)
        if not report.accepted:
            store.remove(upload.id)
            raise InvalidInput(f"no row of the file can be used: {report.list_reasons()}")
        upload = upload.model_copy(update={"report": report.model_dump(mode="json")})
        ensure_held()
        store.put(upload)
    return upload


def check_not_deleted(store: SalesStore, upload_id: str, sequence: int) -> None:
    """Check that the sales were not deleted after the import was requested.

    Raises:
        SalesDeleted: all sales were deleted since; nothing of the upload remains.
    """
    if not store.allows(sequence):
        store.remove(upload_id)
        raise SalesDeleted(
            "all sales of the collection were deleted after this file was sent; to import it "
            "nevertheless, send it again"
        )


def _drop_rows_erased_meanwhile(
    upload: SalesUpload, erased: ErasedRows, collection: Collection, services: Services
) -> None:
    current = services.erasures(collection).load()
    if current.erasures == erased.erased.erasures:
        return
    store = services.sales(collection)
    mask = ErasedRows(current, upload.sequence).mask
    with store.replace(upload.id, ORDER_LINES) as (source, target):
        erased.count += copy_rows(source, target, mask)
    clear_rejects(store, upload.id)


def _count_erased_rows(report: ImportReport, count: int) -> None:
    if count:
        report.accepted -= count
        report.rejected += count
        report.reasons[REASON] = count
