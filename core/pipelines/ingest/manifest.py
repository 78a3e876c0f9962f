"""The manifest of an upload: `items.csv` or `items.jsonl`, which assigns its images to items.

The columns are `sku`, `file`, `view` (for items with several images) and `availability`; all others
are attributes.
Instead of files, columns such as `image` may name URLs (see `image_columns`). A row without a file
and without a URL sets the attributes of an existing item, or of an item whose image file is
named after its SKU.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from core.archives.members import normal_path
from core.attributes import check_attributes
from core.domain import (
    MAIN_VIEW,
    Attributes,
    Availability,
    check_sku,
    check_view,
    parse_availability,
)
from core.errors import CoreError, InvalidInput, TooLarge
from core.jobs import Failure
from core.pipelines.ingest.image_columns import find_image_columns, name_notes, urls_in
from core.pipelines.ingest.manifest_rows import MAX_ROWS, RESERVED, TableRow, read_table

SUFFIXES = (".csv", ".jsonl")
NAMES = ("items.csv", "items.jsonl")
MAX_BYTES = 256 * 1024 * 1024
_Row = dict[str, Any]


@dataclass(frozen=True)
class ManifestRow:
    """The item, view and attributes of one file, or of one URL; otherwise both are empty.

    Before `read_values` converts the attributes, they are as in the manifest: CSV cells are text.
    """

    line: str
    """The manifest and the line, as in "items.csv, line 4"."""
    file: str
    sku: str
    view: str | None
    attributes: Attributes
    url: str = ""


@dataclass
class Manifest:
    """The rows of all manifests of an upload; invalid rows are failures."""

    files: dict[str, ManifestRow] = field(default_factory=dict)
    items: dict[str, ManifestRow] = field(default_factory=dict)
    """Rows without a file by SKU."""
    urls: dict[str, list[ManifestRow]] = field(default_factory=dict)
    """Rows with a URL by SKU; a row of the manifest is here once for each of its URLs."""
    availabilities: dict[str, Availability] = field(default_factory=dict)
    """By SKU, as far as rows give them."""
    availability_lines: dict[str, str] = field(default_factory=dict)
    """By SKU, the line that gives the availability."""
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was assumed while the manifests were read."""
    rejected_files: set[str] = field(default_factory=set)
    """Files with an invalid row, which must not be ingested under a SKU from the file name."""

    def add(self, other: "Manifest") -> None:
        """Add the rows of another manifest of the same upload.

        Rows that contradict those of an earlier manifest become failures.

        Raises:
            TooLarge: the manifests have more than `MAX_ROWS` rows together.
        """
        self.failures.extend(other.failures)
        self.notes.extend(other.notes)
        self._add_availabilities(other)
        contradictions = self._contradictions(other)
        self.rejected_files |= other.rejected_files | contradictions
        self.files |= other.files
        for file in contradictions:
            del self.files[file]
        self.items.update(other.items)
        for row in other.url_rows():
            self.urls.setdefault(row.sku, []).append(row)
        rows = len(self.files) + len(self.items) + len(list(self.url_rows())) + len(self.failures)
        if rows > MAX_ROWS:
            raise TooLarge(
                f"the manifests have more than {MAX_ROWS:,} rows and URLs; split the upload"
            )

    def url_rows(self) -> Iterator[ManifestRow]:
        """Yield all rows with a URL."""
        for rows in self.urls.values():
            yield from rows

    def _contradictions(self, other: "Manifest") -> set[str]:
        """Return the files for which the manifests have different rows; add failures for these."""
        common = self.files.keys() & other.files.keys()
        pairs = [(self.files[file], other.files[file]) for file in sorted(common)]
        pairs = [(first, row) for first, row in pairs if replace(first, line=row.line) != row]
        self.failures.extend(
            Failure(
                file=row.line,
                sku=row.sku,
                code=InvalidInput.code,
                reason=f"another manifest of this upload lists the same file {row.file!r} under "
                f"SKU {first.sku!r}; send the archives one at a time",
            )
            for first, row in pairs
        )
        return {row.file for _, row in pairs}

    def _add_availabilities(self, other: "Manifest") -> None:
        for sku, state in other.availabilities.items():
            line = other.availability_lines[sku]
            try:
                self.set_availability(sku, state, line)
            except InvalidInput as exc:
                self.failures.append(Failure.from_error(exc, line, sku=sku))

    def set_availability(self, sku: str, state: Availability, line: str) -> None:
        """Remember the availability of an item.

        Raises:
            InvalidInput: an earlier row has given it another one, which remains.
        """
        first = self.availabilities.setdefault(sku, state)
        first_line = self.availability_lines.setdefault(sku, line)
        if first is not state:
            raise InvalidInput(
                f"SKU {sku!r} has two availabilities, {first} ({first_line}) and {state}; "
                f"{first} was kept"
            )

    def without_files(self) -> "Manifest":
        """Return the manifest for an upload without images: all rows apply to existing items."""
        items = dict(self.items)
        for row in self.files.values():
            earlier = items[row.sku].attributes if row.sku in items else {}
            items[row.sku] = replace(row, file="", attributes=earlier | row.attributes)
        return replace(self, files={}, items=items)

    def row_for(self, path: str) -> ManifestRow | None:
        """Return the row that gives the file's path, otherwise the row that gives only its name."""
        if not self.files:  # most uploads have no such rows
            return None
        return self.files.get(path) or self.files.get(PurePosixPath(path).name)


def read_manifest(name: str, data: bytes) -> Manifest:
    """Parse a manifest as CSV or, depending on its name, JSON Lines.

    Raises:
        InvalidInput: the manifest is malformed, or has no column `sku`.
        UnsupportedMediaType: the manifest is of another kind, such as an Excel workbook.
        TooLarge: the manifest has too many rows.
    """
    table = read_table(name, data)
    rows = list(table.rows)
    columns = find_image_columns(row.values for row in rows)
    notes = [*table.notes, *name_notes(name, columns)]
    manifest = Manifest(notes=notes)
    for row in rows:
        line = f"{name}, line {row.line}"
        try:
            _add(manifest, line, row, columns.urls)
        except CoreError as exc:
            manifest.rejected_files.add(normal_path(str(row.values.get("file"))))
            manifest.failures.append(Failure.from_error(exc, line, sku=_sku_of(row.values)))
    return _with_views(manifest)


def _sku_of(row: _Row) -> str | None:
    with suppress(CoreError):
        return check_sku(str(row.get("sku") or ""))
    return None


def _add(manifest: Manifest, line: str, table_row: TableRow, columns: Sequence[str]) -> None:
    if table_row.problem:
        raise InvalidInput(table_row.problem)
    row = table_row.values
    sku, file = _required_sku(row), normal_path(str(row.get("file") or ""))
    view = check_view(str(row["view"])) if row.get("view") else None
    urls = urls_in(row, columns)
    state = parse_availability(row["availability"]) if "availability" in row else None
    no_attributes = RESERVED.union(columns)
    attributes = check_attributes({k: v for k, v in row.items() if k not in no_attributes})
    if urls and file:
        raise InvalidInput(f"the row names both the file {file!r} and a URL; name only one of them")
    if state:
        manifest.set_availability(sku, state, line)
    if urls:
        _add_urls(manifest, ManifestRow(line, "", sku, view, attributes), urls)
        return
    if not file:
        if sku in manifest.items:
            raise InvalidInput(f"two rows without a file have the same SKU {sku!r}; remove one")
        manifest.items[sku] = ManifestRow(line, "", sku, None, attributes)
        return
    if first := manifest.files.get(file):
        raise InvalidInput(
            f"two rows name the same file {file!r} (the first is for SKU {first.sku!r}); remove one"
        )
    manifest.files[file] = ManifestRow(line, file, sku, view, attributes)


def _required_sku(row: _Row) -> str:
    if row.get("sku") is None or not str(row["sku"]).strip():
        raise InvalidInput("the row has no sku")
    return check_sku(str(row["sku"]))


def _add_urls(manifest: Manifest, row: ManifestRow, urls: Sequence[str]) -> None:
    """Add the URLs of a row; without `view`, an item's first is the main view, the second "2"."""
    if row.view and len(urls) > 1:
        raise InvalidInput("the row has a view and several URLs; write a row for each view")
    rows = manifest.urls.setdefault(row.sku, [])
    for url in urls:
        view = row.view or (str(len(rows) + 1) if rows else MAIN_VIEW)
        rows.append(replace(row, url=url, view=view))


def _with_views(manifest: Manifest) -> Manifest:
    """Fill in missing views: the main view for an item's first file, else the file's name."""
    skus: set[str] = set()
    for file, row in manifest.files.items():
        if row.view is None:
            view = MAIN_VIEW if row.sku not in skus else PurePosixPath(file).stem
            manifest.files[file] = replace(row, view=view)
        skus.add(row.sku)
    return manifest
