"""Reads the body of a request that changes availabilities: JSON, or a CSV table."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from api.services.form_parsing import load_json
from core.domain import Availability, check_sku, parse_availability
from core.errors import InvalidInput
from core.tables.layout import find_layout
from core.tables.rows import read_rows
from core.tables.text_encoding import decoded, detect_encoding

MAX_ROWS = 200_000
_HEAD_CHARACTERS = 1024 * 1024
_COLUMNS = ("sku", "availability")
_Rows = Iterable[tuple[str, object, object]]


def parse_json(body: bytes) -> dict[str, Availability]:
    """Parse `{"SKU": "state"}` or a list of `{"sku": "SKU", "availability": "state"}`.

    Raises:
        InvalidInput: the body has another form, or a row is invalid.
    """
    data = load_json(body, "body")
    if isinstance(data, dict):
        return _collect((repr(sku[:80]), sku, state) for sku, state in data.items())
    if isinstance(data, list):
        return _collect(map(_parse_row, range(1, len(data) + 1), data))
    raise InvalidInput('body: send an object such as {"A-12": "out_of_stock"}')


def parse_csv(body: bytes) -> dict[str, Availability]:
    """Parse a table with the columns `sku` and `availability`, of any dialect.

    Raises:
        InvalidInput: a column is missing, or a row is invalid.
    """
    encoding = detect_encoding(body, whole=True)
    head = decoded(io.BytesIO(body), encoding).read(_HEAD_CHARACTERS)
    layout = find_layout(head, _count_columns, required=len(_COLUMNS))
    header = [name.strip().lower() for name in layout.header]
    if not set(_COLUMNS) <= set(header):
        raise InvalidInput(
            "the table needs the columns sku and availability; its columns are "
            f"{', '.join(header[:20])}"
        )
    sku, state = map(header.index, _COLUMNS)

    def rows() -> Iterator[tuple[str, str, str]]:
        for block in read_rows(io.BufferedReader(io.BytesIO(body)), encoding, layout):
            for rejected in block.rejected:
                raise InvalidInput(f"line {rejected.line}: {rejected.reason}")
            for line, cells in zip(block.lines, block.rows, strict=True):
                yield f"line {line}", cells[sku], cells[state]

    return _collect(rows())


def _count_columns(header: Sequence[str]) -> int:
    return len({name.strip().lower() for name in header} & set(_COLUMNS))


def _parse_row(number: int, row: Any) -> tuple[str, object, object]:
    if not isinstance(row, dict) or row.keys() != set(_COLUMNS):
        raise InvalidInput(
            f'entry {number}: send {{"sku": "A-12", "availability": "out_of_stock"}}'
        )
    return f"entry {number}", row["sku"], row["availability"]


def _collect(rows: _Rows) -> dict[str, Availability]:
    """Return the states by SKU; if any row is invalid, the whole request is refused."""
    states: dict[str, Availability] = {}
    for place, name, text in rows:
        try:
            sku, state = check_sku(str(name)), parse_availability(text)
        except InvalidInput as exc:
            raise InvalidInput(f"{place}: {exc.detail}; nothing was changed") from exc
        if states.setdefault(sku, state) is not state:
            raise InvalidInput(f"{place}: SKU {sku!r} was given another availability before")
        if len(states) > MAX_ROWS:
            raise InvalidInput(f"more than {MAX_ROWS:,} items; send several requests")
    if not states:
        raise InvalidInput("the request names no item")
    return states
