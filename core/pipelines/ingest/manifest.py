"""The list of items that may come with pictures: `items.csv` or `items.jsonl`.

Columns `sku` and `file`, `view` if an item has several pictures; all others are attributes. A row
without a file tells attributes of an item that is there, or whose picture has the sku as its name.
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
_OURS = {"sku", "file", "view"}
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")
_WITH_COMMA = re.compile(r"-?(0|[1-9]\d{0,14}|[1-9]\d{0,2}(\.\d{3})+)(,\d{1,15})?")
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2},\d{3}")
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
    items: dict[str, Attributes] = field(default_factory=dict)
    """Attributes by sku, of rows without a file."""
    failures: list[Failure] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Files whose row says nothing useful: they must not come in under another name."""

    def add(self, other: "Manifest") -> None:
        """Take in what another manifest of the same upload says."""
        self.name = other.name or self.name
        self.files.update(other.files)
        self.items.update(other.items)
        self.failures.extend(other.failures)
        self.refused |= other.refused

    def alone(self) -> "Manifest":
        """The same where no pictures came: what it says of files, it says of their items."""
        items = dict(self.items)
        for listed in self.files.values():
            items[listed.sku] = items.get(listed.sku, {}) | listed.attributes
        return replace(self, files={}, items=items)

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
    sku, file = check_sku(_text(row, "sku")), str(row.get("file") or "").strip()
    view = check_view(str(row["view"])) if row.get("view") else None
    attributes = check_attributes({k: v for k, v in row.items() if k not in _OURS})
    if not file:
        if sku in manifest.items:
            raise InvalidInput(f"sku {sku!r} is named twice, without a file")
        manifest.items[sku] = attributes
        return
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
    reader.fieldnames = [c.lower() if c.lower() in _OURS else c for c in columns]
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as exc:
        raise InvalidInput(f"{name}, line {reader.line_num}: {exc}") from exc
    read = _readers(row for _, row in rows)
    for number, row in rows:
        if None in row or None in row.values():
            yield number, {"sku": None}  # a field too many or too few: which is which is unknown
        else:
            yield number, {k: read[k](v) for k, v in row.items() if v != ""}


def _check_columns(name: str, columns: list[str]) -> None:
    lower = [c.lower() for c in columns]
    if "sku" not in lower:
        raise InvalidInput(f"{name}: no column sku; found {columns[:20]}")
    twice = sorted({c for c in lower if lower.count(c) > 1})
    if twice or "" in lower:
        raise InvalidInput(f"{name}: columns without a name or named twice: {twice or ['']}")


def _readers(rows: Iterable[_Row]) -> dict[str, Callable[[str], str | int | float]]:
    """How each column is read: as numbers where every value is one; a size "38" beside "M" is text.

    With decimal commas only where that is sure: "1,234" alone may be a thousand and more.
    """
    values: dict[str, list[str]] = {}
    for row in rows:
        for column, value in row.items():
            if isinstance(value, str) and value:
                values.setdefault(column, []).append(value)
    return {column: str if column in _OURS else _reader(found) for column, found in values.items()}


def _reader(values: list[str]) -> Callable[[str], str | int | float]:
    if all(map(_NUMBER.fullmatch, values)):
        return _number
    sure = any("," in one and not _THOUSANDS.fullmatch(one) for one in values)
    if sure and all(map(_WITH_COMMA.fullmatch, values)):
        return lambda text: _number(text.replace(".", "").replace(",", "."))
    return str


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


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
