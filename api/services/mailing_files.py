"""Writes a mailing as CSV or JSON lines, compressed if that is wanted."""

import codecs
import csv
import io
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import orjson

from core.csv_safety import escape_formula
from core.serving.mailing import MailItem

_FIELDS = (
    "sku", "title", "price", "image_url", "link", "reason", "reason_kind", "reason_title",
)  # fmt: skip
_GZIP = 16 + zlib.MAX_WBITS

_escape = lru_cache(maxsize=50_000)(escape_formula)
"""Many customers get the same items."""

MailRow = tuple[str, Sequence[MailItem]]
"""A customer and the items to show."""


class MailingFile(NamedTuple):
    """How a mailing is written."""

    format: Literal["csv", "jsonl"]
    items: int
    """So many items has a row; a row with fewer items has empty cells."""
    gzip: bool
    bom: bool = False
    """Whether a CSV file starts with a byte order mark, by which Excel recognises UTF-8."""

    @property
    def media_type(self) -> str:
        """The media type of the file."""
        if self.gzip:
            return "application/gzip"
        return "text/csv; charset=utf-8" if self.format == "csv" else "application/jsonl"

    @property
    def extension(self) -> str:
        """The end of the file's name, without the first dot."""
        return f"{self.format}.gz" if self.gzip else self.format

    async def chunks(self, batches: AsyncIterator[list[MailRow]]) -> AsyncIterator[bytes]:
        """Yield the file in chunks."""
        pack = zlib.compressobj(wbits=_GZIP) if self.gzip else None
        write = self._write_csv if self.format == "csv" else _write_jsonl
        yield _packed(self._head(), pack)
        async for rows in batches:
            yield _packed(write(rows), pack)
        if pack:
            yield pack.flush()

    def _head(self) -> bytes:
        if self.format == "jsonl":
            return b""
        names = [f"item_{n}_{name}" for n in range(1, self.items + 1) for name in _FIELDS]
        head = ",".join(["user", *names]).encode() + b"\r\n"
        return codecs.BOM_UTF8 + head if self.bom else head

    def _write_csv(self, rows: Iterable[MailRow]) -> bytes:
        text = io.StringIO()
        width = 1 + self.items * len(_FIELDS)
        cells = ([escape_formula(user), *_cells(items)] for user, items in rows)
        csv.writer(text).writerows(row + [""] * (width - len(row)) for row in cells)
        return text.getvalue().encode()


def _write_jsonl(rows: Iterable[MailRow]) -> bytes:
    lines = ({"user": user, "items": [*map(_members, items)]} for user, items in rows)
    return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)


def _members(item: MailItem) -> dict[str, object]:
    return dict(zip(_FIELDS, _values(item), strict=True))


def _cells(items: Iterable[MailItem]) -> Iterator[object]:
    for item in items:
        for value in _values(item):
            yield _cell(value)


def _cell(value: object) -> object:
    """Return a value as customers are to see it: prices with decimals have at least two of them."""
    if isinstance(value, float) and round(value, 2) == value:
        return f"{value:.2f}"
    return _escape(value) if isinstance(value, str) else value


def _values(item: MailItem) -> tuple[object, ...]:
    return item.sku, *item.offer, *item.reason[:2], item.reason.title


def _packed(data: bytes, pack: "zlib._Compress | None") -> bytes:
    return pack.compress(data) if pack else data
