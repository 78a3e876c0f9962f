"""Finds examples of the rows of a sales file that do not count."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from api.schemas.sales import RowExampleOut, RowReasonOut
from core.csv_safety import unescape_formula
from core.sales.import_report import OTHER_REASONS, ImportReport, left_out

_MAX_ROWS = 100_000
"""So many rejected rows are searched for examples: a file may have millions."""


def explain_rows(report: ImportReport, rejects: BinaryIO, limit: int) -> list[RowReasonOut]:
    """Return the reasons why rows do not count, each with up to `limit` examples.

    Args:
        rejects: the upload's file of rejected rows; empty after an erasure, as any row may name
            the customer who was erased.
    """
    examples: dict[str, list[RowExampleOut]] = {}
    for reason, example in _rejected(rejects, report):
        same_reason = examples.setdefault(reason, [])
        if len(same_reason) < limit:
            same_reason.append(example)
    for status, lines in report.left_out_lines.items():
        examples[left_out(status)] = [RowExampleOut(line=line) for line in lines[:limit]]
    return [
        RowReasonOut(reason=reason, rows=rows, examples=examples.get(reason, []))
        for reason, rows in report.reason_counts().items()
    ]


def _rejected(file: BinaryIO, report: ImportReport) -> Iterator[tuple[str, RowExampleOut]]:
    rows = csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline=""))
    for line, reason, text in islice(rows, 1, 1 + _MAX_ROWS):
        known = reason if reason in report.reasons else OTHER_REASONS
        yield known, RowExampleOut(line=int(line), text=unescape_formula(text) or None)
