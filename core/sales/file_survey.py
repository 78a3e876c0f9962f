"""First pass over a sales file: finds its checksum, encoding, date format and decimal columns."""

import hashlib
import io
from dataclasses import dataclass
from typing import BinaryIO, cast

from typing_extensions import override

from core.archives.decompression import decompress
from core.sales.date_survey import DateHints, DateSurvey
from core.sales.dates import DateFormat
from core.sales.dialect import Dialect
from core.sales.whole_numbers import WholeNumberSurvey
from core.tables.rows import read_rows
from core.tables.text_encoding import Encoding, EncodingProbe

_READ_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Survey:
    """Properties of a sales file that only a pass over the whole file reveals."""

    sha256: str
    """Checksum of the file as it was sent, in hexadecimal."""
    encoding: Encoding
    word: str
    """The first word that is not ASCII; empty if there is none."""
    dates: DateFormat
    decimal_columns: frozenset[str]
    """Sales columns of names in which every value ends in `.0`, which a spreadsheet has added."""


def survey_file(file: BinaryIO, dialect: Dialect, hints: DateHints | None = None) -> Survey:
    """Read a sales file once, in blocks.

    Raises:
        InvalidInput: the file is damaged.
        TooLarge: the decompressed file or one of its lines is over a limit.
    """
    source, dates = _HashingFile(file), DateSurvey(hints or DateHints())
    numbers = WholeNumberSurvey(dialect.columns)
    with decompress(cast("BinaryIO", source), dialect.compression) as stream:
        probe = EncodingProbe(stream) if dialect.encoding == "ascii" else None
        encoding: Encoding = "utf-8" if probe else dialect.encoding
        for block in read_rows(probe or stream, encoding, dialect.layout):
            numbers.add(block)
            dates.add(
                block.column(dialect.columns["created_at"]),
                block.column(dialect.columns["country"]),
                block.lines,
            )
    return Survey(
        sha256=source.hexdigest(),
        encoding=probe.encoding if probe else encoding,
        word=probe.word if probe else dialect.word,
        dates=dates.decide(),
        decimal_columns=numbers.decimal_columns(),
    )


class _HashingFile(io.RawIOBase):
    """Hashes a file while it is read; `hexdigest` first reads the part not read so far."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._hash = hashlib.sha256()
        self._hashed_bytes = 0

    @override
    def read(self, size: int = -1) -> bytes:
        start = self._file.tell()
        data = self._file.read(size)
        if start <= self._hashed_bytes < start + len(data):
            self._hash.update(data[self._hashed_bytes - start :])
            self._hashed_bytes = start + len(data)
        return data

    @override
    def seekable(self) -> bool:
        return True

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def hexdigest(self) -> str:
        """Hash the rest of the file and return the SHA-256 of the whole file."""
        self._file.seek(self._hashed_bytes)
        while data := self._file.read(_READ_BYTES):
            self._hash.update(data)
        return self._hash.hexdigest()
