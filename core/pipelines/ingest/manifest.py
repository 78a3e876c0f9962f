"""The list of items that may come with pictures: `items.csv` or `items.jsonl`.

Columns `sku` and `file`, `view` if an item has several pictures; all others are attributes.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from core.domain import MAIN_VIEW, Attributes, check_sku, check_view
from core.errors import CoreError, InvalidInput
from core.jobs import Failure

NAMES = ("items.csv", "items.jsonl")
MAX_BYTES = 256 * 1024 * 1024
_ATTRIBUTES_BYTES = 16_384
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")
_Row = dict[str, Any]


@dataclass(frozen=True)
class Listed:
    """What the manifest says of one file."""

    file: str
    sku: str
    view: str | None
    attributes: Attributes


@dataclass
class Manifest:
    """What the manifest says, by file; rows that say nothing useful are failures."""

    name: str = ""
    files: dict[str, Listed] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Files whose row says nothing useful: they must not come in under another name."""

    def add(self, other: "Manifest") -> None:
        """Take in what another manifest of the same upload says."""
        self.name = other.name or self.name
        self.files.update(other.files)
        self.failures.extend(other.failures)
        self.refused |= other.refused

    def of(self, path: str) -> Listed | None:
        """What is said of a file, by its path or, if that is not named, its name alone."""
        return self.files.get(path) or self.files.get(PurePosixPath(path).name)


def read_manifest(name: str, data: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        InvalidInput: it is not UTF-8, not a table, or lacks a column.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InvalidInput(f"{name}: byte {exc.start} is not UTF-8") from exc
    rows = _csv_rows(name, text) if name.lower().endswith(".csv") else _json_rows(name, text)
    manifest = Manifest(name=name)
    for number, row in rows:
        try:
            _add(manifest, row)
        except CoreError as exc:
            manifest.refused.add(str(row.get("file")))
            manifest.failures.append(
                Failure(file=f"{name}, line {number}", code=exc.code, reason=exc.detail)
            )
    return _with_views(manifest)


def _add(manifest: Manifest, row: _Row) -> None:
    sku, file = check_sku(_text(row, "sku")), _text(row, "file")
    view = check_view(str(row["view"])) if row.get("view") else None
    attributes = {k: v for k, v in row.items() if k not in {"sku", "file", "view"}}
    if len(json.dumps(attributes)) > _ATTRIBUTES_BYTES:
        raise InvalidInput(f"sku {sku!r}: attributes of more than {_ATTRIBUTES_BYTES:,} bytes")
    known = manifest.files.get(file)
    if known:
        raise InvalidInput(f"file {file!r} is named twice, first for sku {known.sku!r}")
    manifest.files[file] = Listed(file=file, sku=sku, view=view, attributes=attributes)


def _with_views(manifest: Manifest) -> Manifest:
    """Without a `view`, an item's first file is its main view, and others go by their names."""
    seen: set[str] = set()
    for file, listed in manifest.files.items():
        if listed.view is None:
            view = MAIN_VIEW if listed.sku not in seen else PurePosixPath(file).stem
            manifest.files[file] = Listed(file, listed.sku, view, listed.attributes)
        seen.add(listed.sku)
    return manifest


def _text(row: _Row, column: str) -> str:
    value = row.get(column)
    if value is None or not str(value).strip():
        raise InvalidInput(f"no {column}")
    return str(value).strip()


def _csv_rows(name: str, text: str) -> Iterator[tuple[int, _Row]]:
    delimiter = max(",;\t|", key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = [c.strip() for c in reader.fieldnames or []]
    _check_columns(name, columns)
    reader.fieldnames = [c.lower() if c.lower() in {"sku", "file", "view"} else c for c in columns]
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as exc:
        raise InvalidInput(f"{name}, line {reader.line_num}: {exc}") from exc
    numeric = _numeric_columns(row for _, row in rows)
    for number, row in rows:
        if None in row or None in row.values():
            yield number, {"sku": None}  # a field too many or too few: which is which is unknown
        else:
            yield number, {k: _typed(v, k in numeric) for k, v in row.items() if v != ""}


def _check_columns(name: str, columns: list[str]) -> None:
    lower = [c.lower() for c in columns]
    missing = [c for c in ("sku", "file") if c not in lower]
    if missing:
        raise InvalidInput(f"{name}: no column {' and '.join(missing)}; found {columns[:20]}")
    twice = sorted({c for c in lower if lower.count(c) > 1})
    if twice or "" in lower:
        raise InvalidInput(f"{name}: columns without a name or named twice: {twice or ['']}")


def _numeric_columns(rows: Iterable[_Row]) -> set[str]:
    """Columns whose every value is a number; so a size of "38" beside "M" stays text."""
    numeric: dict[str, bool] = {}
    for row in rows:
        for column, value in row.items():
            if isinstance(value, str) and value:
                numeric[column] = numeric.get(column, True) and bool(_NUMBER.fullmatch(value))
    return {c for c, yes in numeric.items() if yes and c not in {"sku", "file", "view"}}


def _typed(value: str, numeric: bool) -> str | int | float:
    if not numeric:
        return value
    return float(value) if "." in value else int(value)


def _json_rows(name: str, text: str) -> Iterator[tuple[int, _Row]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as exc:
            raise InvalidInput(f"{name}, line {number}: not JSON ({exc})") from exc
        if not isinstance(row, dict):
            raise InvalidInput(f"{name}, line {number}: not a JSON object")
        yield number, row


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a JSON value")
