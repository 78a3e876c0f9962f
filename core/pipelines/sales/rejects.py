"""The file of an upload's rejected rows."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.csv_safety import escape_formula
from core.storage import SalesStore
from core.storage.sales import REJECTS
from core.tables.rows import RejectedRow

_COLUMNS = ["line", "reason", "text"]


@contextmanager
def open_rejects(store: SalesStore, upload_id: str) -> Iterator[Callable[[RejectedRow], None]]:
    """Yield a function that writes a row to the upload's file of rejected rows."""
    with store.open_write(upload_id, REJECTS) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(_COLUMNS)
        yield lambda row: writer.writerow([row.line, row.reason, escape_formula(row.text)])
        text.flush()
        text.detach()


def clear_rejects(store: SalesStore, upload_id: str) -> None:
    """Remove all rejected rows of an upload, since any of them may name an erased user."""
    if store.exists(upload_id, REJECTS):
        with open_rejects(store, upload_id):
            pass
