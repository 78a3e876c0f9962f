"""The report of an imported sales file, as stored and as sent to clients."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.archives.decompression import Compression
from core.sales.dates import DateOrder
from core.tables.text_encoding import Encoding

OTHER_REASONS = "other reasons"
"""Stands for all reasons but the most frequent ones."""


class ImportReport(BaseModel):
    """How a sales file was read, and what it contained."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    compression: Compression
    encoding: Encoding
    delimiter: str
    """Name of the delimiter: comma, semicolon, tab or pipe."""
    columns: dict[str, str]
    """Name of each sales column in the file."""
    ignored_columns: list[str]
    date_format: str = ""
    """Format of the dates, and how it was detected."""
    date_order: DateOrder | None = None
    """Whether the day or the month comes first, if the file or earlier files prove it."""
    assumptions: list[str] = []
    """What was assumed while the file was read, in sentences."""
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    reasons: dict[str, int] = {}
    """Rejected rows by reason, the most frequent first."""
    left_out: dict[str, int] = {}
    """Rows of cancelled, voided or refunded orders, which are no sales, by status."""
    left_out_lines: dict[str, list[int]] = {}
    """Where the first 20 of these rows are in the file, by status; the header is line 1."""
    returns: int = 0
    """Accepted rows with a negative quantity."""
    first: datetime | None = None
    """Time of the oldest accepted row; null if no row was accepted."""
    last: datetime | None = None
    """Time of the newest accepted row; null if no row was accepted."""
    unknown_skus: int | None = None
    """Number of SKUs that are not items of the collection; null if there is no collection."""
    unknown_examples: list[str] = []
    """The first 20 of these SKUs in alphabetical order."""

    def reason_counts(self) -> dict[str, int]:
        """Return why rows were rejected or left out, with the number of rows."""
        return self.reasons | {left_out(name): count for name, count in self.left_out.items()}

    def list_reasons(self) -> str:
        """Return why rows were not imported, with counts, and the format of the dates."""
        reasons = [f"{count} times: {reason}" for reason, count in self.reason_counts().items()]
        if not reasons:
            return "the file has no rows"
        return "; ".join([*reasons, f"dates: {self.date_format}"])


def left_out(status: str) -> str:
    """Return in words why the rows of orders with a status were left out."""
    return f"the order is {status}"
