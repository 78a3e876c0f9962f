"""Detects the dialect of a sales file: compression, encoding, delimiter and columns."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, cast

from core.archives.decompression import (
    Compression,
    decompress,
    detect_compression,
    reject_other_formats,
)
from core.errors import InvalidInput, TooLarge, UnsupportedMediaType
from core.file_types import describe_file
from core.sales.header import COLUMNS, column_positions, count_matches, status_positions
from core.tables.foreign_words import first_foreign_word
from core.tables.layout import Layout, find_layout
from core.tables.text_encoding import Encoding, decoded, detect_encoding

_HEAD_BYTES = 1024 * 1024
_SINGLE_LINE = "The file has no line breaks: curl -d removes them; use curl --data-binary"


@dataclass(frozen=True)
class Dialect:
    """Compression, encoding, layout and columns of a sales file."""

    compression: Compression
    encoding: Encoding
    """`ascii` if the first megabyte is ASCII; the rest may have another encoding."""
    layout: Layout
    columns: Mapping[str, int]
    """Index of each sales column."""
    word: str
    """The first word that is not ASCII."""
    encoding_is_stated: bool
    status_columns: Mapping[str, int]
    """Index of each column that can say that an order was cancelled, by its name in the file."""

    @property
    def column_names(self) -> dict[str, str]:
        """Name of each sales column in the file."""
        return {column: self.layout.header[index] for column, index in self.columns.items()}

    @property
    def ignored_columns(self) -> list[str]:
        """Names of the columns that are not used."""
        used = {*self.columns.values(), *self.status_columns.values()}
        return [name for index, name in enumerate(self.layout.header) if index not in used]


def find_dialect(
    file: BinaryIO, overrides: Mapping[str, str] | None = None, encoding: str | None = None
) -> Dialect:
    """Detect the dialect of a sales file from its first megabyte.

    `overrides` maps sales columns to their names in this file; `encoding` is used if it is given.

    Raises:
        InvalidInput: the file is empty, damaged, not a table, or lacks columns; the message lists
            the missing columns and those that the file has.
        UnsupportedMediaType: the file is of another kind, such as an image.
        TooLarge: the decompressed file or its header is over a limit.
    """
    compression = detect_compression(file)
    head = _read_head(file, compression)
    whole = len(head) < _HEAD_BYTES
    used = cast("Encoding", encoding) if encoding else detect_encoding(head, whole=whole)
    text = decoded(io.BytesIO(head), used).read()
    overrides = overrides or {}
    try:
        layout = find_layout(text, partial(count_matches, overrides=overrides), len(COLUMNS))
        columns = column_positions(layout.header, overrides)
    except TooLarge:
        raise
    except InvalidInput as exc:
        raise _explain(exc, head, text) from exc
    return Dialect(
        compression=compression,
        encoding=used,
        encoding_is_stated=encoding is not None,
        word=first_foreign_word(head, used),
        layout=layout,
        columns=columns,
        status_columns=status_positions(layout.header, columns),
    )


def _read_head(file: BinaryIO, compression: Compression) -> bytes:
    """Return the first megabyte of a file that seems to be CSV."""
    with decompress(file, compression) as stream:
        head = stream.read(_HEAD_BYTES)
    if not head.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise InvalidInput("the sales file is empty; send a CSV file with a header")
    reject_other_formats(head)
    return head


def _explain(error: InvalidInput, head: bytes, text: str) -> InvalidInput:
    """Return the error for a header without the required columns, with the likely cause."""
    if kind := describe_file(head[:512]):
        return UnsupportedMediaType(f"the sales file is {kind}; send a CSV file instead")
    if {"\n", "\r"} & set(text):
        return error
    return InvalidInput(f"{error.detail}. {_SINGLE_LINE}", **error.extra)
