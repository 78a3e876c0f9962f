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
