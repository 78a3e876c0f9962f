"""The report of an imported sales file, as stored and as sent to clients."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.archives.decompression import Compression
from core.sales.text_encoding import Encoding


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
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    reasons: dict[str, int] = {}
    """Rejected rows by reason, the most frequent first."""
    returns: int = 0
    """Accepted rows with a negative quantity."""
    first: datetime | None = None
    """Time of the oldest accepted row; null if no row was accepted."""
    last: datetime | None = None
    """Time of the newest accepted row; null if no row was accepted."""
    unknown_skus: int | None = None
    """Number of SKUs that are not items of the collection; null if there is no collection."""

    def list_reasons(self) -> str:
        """Return all reasons for rejection with their counts, on one line."""
        reasons = "; ".join(f"{count} times: {reason}" for reason, count in self.reasons.items())
        return reasons or "the file has no rows"
