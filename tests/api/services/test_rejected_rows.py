"""Examples of the rows of a sales file that do not count."""

import io

from api.services.rejected_rows import explain_rows
from core.sales.import_report import OTHER_REASONS, ImportReport

REPORT = ImportReport(
    compression="plain",
    encoding="utf-8",
    delimiter="comma",
    columns={},
    ignored_columns=[],
    reasons={"sku is empty": 3, OTHER_REASONS: 1},
    left_out={"refunded": 7},
    left_out_lines={"refunded": [5, 8, 9]},
)
REJECTS = b"""line,reason,text\r
2,sku is empty,"ann,,1"\r
3,rare,"bob;'-2"\r
4,sku is empty,\r
6,sku is empty,"cy,,3"\r
"""


def explained(rejects=REJECTS, limit=2):
    rows = explain_rows(REPORT, io.BytesIO(rejects), limit)
    return [(row.reason, row.rows, [(e.line, e.text) for e in row.examples]) for row in rows]


def test_each_reason_has_its_number_of_rows_and_the_first_of_them():
    assert explained() == [
        ("sku is empty", 3, [(2, "ann,,1"), (4, None)]),
        (OTHER_REASONS, 1, [(3, "bob;-2")]),
        ("the order is refunded", 7, [(5, None), (8, None)]),
    ]


def test_the_numbers_stay_when_the_rows_are_deleted_because_of_an_erasure():
    emptied = explained(b"line,reason,text\r\n", limit=1)
    assert emptied == [
        ("sku is empty", 3, []), (OTHER_REASONS, 1, []), ("the order is refunded", 7, [(5, None)]),
    ]  # fmt: skip
