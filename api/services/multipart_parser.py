"""Parses a multipart body piece by piece, and checks its fields."""

from collections.abc import Callable, Mapping
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, MultipartState

from api.services.file_names import PartName, parse_disposition
from core.errors import InvalidInput, TooLarge
from core.settings import MEBIBYTE, Limits
from core.storage import UploadWriter

_MAX_TEXT_BYTES = MEBIBYTE
_MAX_HEADER_BYTES = 16_384

Fields = Mapping[str, str]
"""The names of the fields that a form may have, each with its kind: file or text."""


class FormParser:
    """Writes the files of a form to an upload, and keeps its text fields.

    All methods raise:
        InvalidInput: the form is truncated or malformed, or has an unexpected field.
        TooLarge: the form has more bytes or files than the limits allow.
    """

    def __init__(
        self, boundary: bytes, writer: UploadWriter, limits: Limits, fields: Fields
    ) -> None:
        self._writer, self._limits, self._fields = writer, limits, fields
        self._texts: dict[str, str] = {}
        self._size = 0
        self._header: list[bytes] = [b"", b""]  # name and value
        self._headers: dict[bytes, bytes] = {}
        self._text: tuple[str, bytearray] | None = None
        callbacks: dict[str, Callable[..., Any]] = {
            "on_part_begin": self._on_part_begin,
            "on_header_field": lambda data, start, end: self._on_header(0, data[start:end]),
            "on_header_value": lambda data, start, end: self._on_header(1, data[start:end]),
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
        }
        self._parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        """Parse the next bytes of the body."""
        self._size += len(data)
        if self._size > self._limits.max_upload_mb * MEBIBYTE:
            limit = self._limits.max_upload_mb
            raise TooLarge(
                f"the request exceeds {limit} MiB; split the upload into several requests"
            )
        try:
            self._parser.write(data)
        except FormParserError as exc:
            raise InvalidInput(f"the request is damaged (malformed multipart body): {exc}") from exc

    def finish(self) -> dict[str, str]:
        """Return the text fields, once the whole body is parsed."""
        if self._parser.state is not MultipartState.END:
            raise InvalidInput(
                "the request is incomplete (truncated multipart body); send it again"
            )
        return self._texts

    def _on_part_begin(self) -> None:
        self._headers, self._header = {}, [b"", b""]
        limit = self._limits.max_files
        if len(self._writer.files) + len(self._texts) >= limit:
            raise TooLarge(f"the request has more than {limit:,} files; send an archive")

    def _on_header(self, index: int, data: bytes) -> None:
        self._header[index] += data
        if len(self._header[index]) > _MAX_HEADER_BYTES:
            raise InvalidInput(f"a part has a header of more than {_MAX_HEADER_BYTES:,} bytes")

    def _on_header_end(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = [b"", b""]

    def _on_headers_finished(self) -> None:
        part = parse_disposition(self._headers.get(b"content-disposition"))
        self._check_field(part)
        if part.file is None:
            self._text = (part.field, bytearray())
        else:
            self._text = None
            self._writer.begin(part.field, part.file)

    def _check_field(self, part: PartName) -> None:
        name, kind = part.field[:80], "text" if part.file is None else "file"
        expected = self._fields.get(part.field)
        if expected is None:
            known = ", ".join(self._fields)
            raise InvalidInput(f"unknown form field {name!r}; known: {known}")
        if expected != kind:
            hint = f"a file with a file name, not text (with curl: -F {name}=@FILE)"
            raise InvalidInput(f"form field {name!r}: send {'text' if kind == 'file' else hint}")
        if part.field in self._texts:
            raise InvalidInput(f"form field {name!r} is given twice; give it once")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._text is None:
            self._writer.write(data[start:end])
            return
        self._text[1].extend(data[start:end])
        if len(self._text[1]) > _MAX_TEXT_BYTES:
            raise TooLarge(f"the form field {self._text[0]} exceeds {_MAX_TEXT_BYTES:,} bytes")

    def _on_part_end(self) -> None:
        if self._text is None:
            self._writer.end()
            return
        name, value = self._text
        try:
            self._texts[name] = value.decode()
        except UnicodeDecodeError as exc:
            raise InvalidInput(f"the form field {name} is not valid UTF-8") from exc
