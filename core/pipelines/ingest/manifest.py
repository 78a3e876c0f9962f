"""The manifest of an upload: `items.csv` or `items.jsonl` with the items of its images.

The columns are `sku`, `file` and, for items with several images, `view`; all others are attributes.
A row without a file sets the attributes of an existing item, or of an item whose image file is
named after its SKU.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from core.domain import MAIN_VIEW, Attributes, check_attributes, check_sku, check_view
from core.errors import CoreError, InvalidInput
from core.jobs import Failure

NAMES = ("items.csv", "items.jsonl")
MAX_BYTES = 256 * 1024 * 1024
_RESERVED = {"sku", "file", "view"}
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")
_WITH_COMMA = re.compile(r"-?(0|[1-9]\d{0,14}|[1-9]\d{0,2}(\.\d{3})+)(,\d{1,15})?")
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2},\d{3}")
_Row = dict[str, Any]


@dataclass(frozen=True)
class ManifestRow:
    """The item, view and attributes of one file."""

    file: str
    sku: str
    view: str | None
    attributes: Attributes


@dataclass
class Manifest:
    """The rows of all manifests of an upload; invalid rows are failures."""

    name: str = ""
    files: dict[str, ManifestRow] = field(default_factory=dict)
    items: dict[str, Attributes] = field(default_factory=dict)
    """Attributes by SKU, from rows without a file."""
    failures: list[Failure] = field(default_factory=list)
    rejected_files: set[str] = field(default_factory=set)
    """Files with an invalid row, which must not be ingested under a SKU from the file name."""

    def add(self, other: "Manifest") -> None:
        """Add the rows of another manifest of the same upload."""
        self.name = other.name or self.name
        self.files.update(other.files)
        self.items.update(other.items)
        self.failures.extend(other.failures)
        self.rejected_files |= other.rejected_files

    def without_files(self) -> "Manifest":
        """Return the manifest for an upload without images: all rows apply to existing items."""
        items = dict(self.items)
        for row in self.files.values():
            items[row.sku] = items.get(row.sku, {}) | row.attributes
        return replace(self, files={}, items=items)

    def row_for(self, path: str) -> ManifestRow | None:
        """Return the row of a file by its path, otherwise by its name."""
        return self.files.get(path) or self.files.get(PurePosixPath(path).name)


def read_manifest(name: str, data: bytes) -> Manifest:
    """Parse a manifest as CSV or, depending on its name, JSON Lines.

    Raises:
        InvalidInput: the manifest is not UTF-8, is malformed, or has no column `sku`.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InvalidInput(f"{name} is not UTF-8 (byte {exc.start}); convert the file") from exc
    rows = _csv_rows(name, text) if name.lower().endswith(".csv") else _json_rows(name, text)
    manifest = Manifest(name=name)
    for number, row in rows:
        try:
            _add(manifest, row)
        except CoreError as exc:
            manifest.rejected_files.add(str(row.get("file")))
            manifest.failures.append(
                Failure(file=f"{name}, line {number}", code=exc.code, reason=exc.detail)
            )
    return _with_views(manifest)


def _add(manifest: Manifest, row: _Row) -> None:
    if row.get("sku") is None or not str(row["sku"]).strip():
        raise InvalidInput("the row has no sku")
    sku, file = check_sku(str(row["sku"])), str(row.get("file") or "").strip()
    view = check_view(str(row["view"])) if row.get("view") else None
    attributes = check_attributes({k: v for k, v in row.items() if k not in _RESERVED})
    if not file:
        if sku in manifest.items:
            raise InvalidInput(f"two rows without a file have the same SKU {sku!r}; remove one")
        manifest.items[sku] = attributes
        return
    if first := manifest.files.get(file):
        raise InvalidInput(
            f"two rows name the same file {file!r} (the first is for SKU {first.sku!r}); remove one"
        )
    manifest.files[file] = ManifestRow(file=file, sku=sku, view=view, attributes=attributes)


def _with_views(manifest: Manifest) -> Manifest:
    """Fill in missing views: an item's first file is its main view, later files name their view."""
    skus: set[str] = set()
    for file, row in manifest.files.items():
        if row.view is None:
            view = MAIN_VIEW if row.sku not in skus else PurePosixPath(file).stem
            manifest.files[file] = replace(row, view=view)
        skus.add(row.sku)
    return manifest


def _csv_rows(name: str, text: str) -> Iterator[tuple[int, _Row]]:
    delimiter = max(",;\t|", key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = [c.strip() for c in reader.fieldnames or []]
    _check_columns(name, columns)
    reader.fieldnames = [c.lower() if c.lower() in _RESERVED else c for c in columns]
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as exc:
        raise InvalidInput(f"{name}, line {reader.line_num}: {exc}") from exc
    parsers = _column_parsers(row for _, row in rows)
    for number, row in rows:
        if None in row or None in row.values():
            yield number, {"sku": None}  # with too many or too few fields, any field may be wrong
        else:
            yield number, {k: parsers[k](v) for k, v in row.items() if v != ""}


def _check_columns(name: str, columns: list[str]) -> None:
    lower = [c.lower() for c in columns]
    if "sku" not in lower:
        raise InvalidInput(f"{name} has no column sku; its columns are {columns[:20]}")
    duplicates = sorted({c for c in lower if lower.count(c) > 1})
    if duplicates or "" in lower:
        raise InvalidInput(f"{name} has empty or duplicate column names: {duplicates or ['']}")


def _column_parsers(rows: Iterable[_Row]) -> dict[str, Callable[[str], str | int | float]]:
    """Return a parser for each column; a column is numeric only if all its values are numbers.

    Decimal commas count only if they are unambiguous: "1,234" alone may be a thousand or more.
    """
    values: dict[str, list[str]] = {}
    for row in rows:
        for column, value in row.items():
            if isinstance(value, str) and value:
                values.setdefault(column, []).append(value)
    return {
        column: str if column in _RESERVED else _parser(texts) for column, texts in values.items()
    }


def _parser(values: list[str]) -> Callable[[str], str | int | float]:
    if all(map(_NUMBER.fullmatch, values)):
        return _number
    unambiguous = any("," in value and not _THOUSANDS.fullmatch(value) for value in values)
    if unambiguous and all(map(_WITH_COMMA.fullmatch, values)):
        return lambda text: _number(text.replace(".", "").replace(",", "."))
    return str


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _json_rows(name: str, text: str) -> Iterator[tuple[int, _Row]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_reject_constant)
        except (ValueError, RecursionError) as exc:
            raise InvalidInput(f"line {number} of {name} is not valid JSON: {exc}") from exc
        if not isinstance(row, dict):
            raise InvalidInput(f"line {number} of {name} is not a JSON object")
        yield number, row


def _reject_constant(text: str) -> None:
    raise ValueError(f"{text} is not a JSON value")
