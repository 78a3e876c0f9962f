"""The report of an imported sales file, as it is stored and as clients see it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.archives.decompression import Compression
from core.sales.text_encoding import Encoding


class ImportReport(BaseModel):
    """What was read from a sales file, and how."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    compression: Compression
    encoding: Encoding
    delimiter: str
    """Its name: comma, semicolon, tab or pipe."""
    columns: dict[str, str]
    """Name of each sales column in the file."""
    ignored_columns: list[str]
    date_format: str = ""
    """How dates are written, and how that was decided."""
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    reasons: dict[str, int] = {}
    """Rejected rows by reason, the most frequent first."""
    returns: int = 0
    """Accepted rows with a negative quantity."""
    first: datetime | None = None
    """Time of the oldest accepted row; null without any."""
    last: datetime | None = None
    """Time of the newest accepted row."""
    unknown_skus: int | None = None
    """Skus that are not items of the collection; null if it was not compared with one."""

    def list_reasons(self) -> str:
        """Return all reasons for rejection with their counts, on one line."""
        reasons = "; ".join(f"{count} times: {reason}" for reason, count in self.reasons.items())
        return reasons or "it has no rows"
