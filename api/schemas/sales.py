"""Models of sales uploads."""

from pydantic import Field

from api.schemas.base import ApiModel, Timestamp
from api.schemas.parameters import UPLOAD_ID
from core.sales.import_report import ImportReport

_REPORT = {
    "compression": "gzip",
    "encoding": "utf-8",
    "delimiter": "comma",
    "columns": {
        "md5email": "customer", "sku": "sku", "order_id": "order_id", "zip": "zip",
        "country": "country", "created_at": "Order Date",
    },
    "ignored_columns": ["note"],
    "date_format": "year first (ISO 8601); UTC where no zone is given",
    "date_order": None,
    "assumptions": [],
    "rows": 5222,
    "accepted": 5204,
    "rejected": 6,
    "reasons": {"sku is empty": 6},
    "left_out": {"refunded": 12},
    "left_out_lines": {"refunded": [812, 813, 1640]},
    "returns": 12,
    "first": "2025-01-02T08:11:00Z",
    "last": "2025-12-30T19:45:00Z",
    "unknown_skus": 1,
    "unknown_examples": ["A-99"],
}  # fmt: skip


class SalesUploadOut(ApiModel):
    """An imported sales file with its import report."""

    id: str = Field(examples=[UPLOAD_ID])
    filename: str = Field(examples=["sales.csv"])
    imported_at: Timestamp
    report: ImportReport = Field(examples=[_REPORT])
    """Accepted and rejected rows, and how the file was read."""


class SalesPage(ApiModel):
    """All sales files of a collection."""

    items: list[SalesUploadOut]
    next_cursor: None = Field(default=None, examples=[None])


class RowExampleOut(ApiModel):
    """A row of a sales file that does not count."""

    line: int = Field(examples=[7])
    """The number of its line in the file; the header is line 1."""
    text: str | None = Field(default=None, examples=["9e26471d35a78862,,1001,20095,DE,2026-05-01"])
    """The beginning of the row, with the MD5 in place of e-mail addresses; null if not kept."""


class RowReasonOut(ApiModel):
    """Why rows of a sales file do not count."""

    reason: str = Field(examples=["sku is empty"])
    rows: int = Field(examples=[6])
    """The number of rows with this reason."""
    examples: list[RowExampleOut]
    """The first of them; none if they are not kept, such as after a customer was erased."""


class RowReasons(ApiModel):
    """All reasons why rows of a sales file do not count."""

    items: list[RowReasonOut]
    next_cursor: None = Field(default=None, examples=[None])
