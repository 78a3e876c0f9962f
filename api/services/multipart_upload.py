"""Streams all files of a multipart body into one file of the store, never into memory."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, MultipartState, parse_options_header
from starlette.concurrency import run_in_threadpool

from api.errors import compressed_body
from api.services.file_names import PartName, parse_disposition
from core.errors import InvalidInput, StorageFull, TooLarge, UnsupportedMediaType
from core.jobs.ledger import new_id
from core.settings import MEBIBYTE, Limits
from core.storage import UploadedFile, Uploads, UploadWriter

_WRITE_BYTES = MEBIBYTE
_MAX_TEXT_BYTES = MEBIBYTE
_MAX_HEADER_BYTES = 16_384

Fields = Mapping[str, str]
"""The names of the fields that a form may have, each with its kind: file or text."""


@dataclass
class UploadedForm:
    """A received form: its text fields, and the files that are staged as one upload."""

    upload_id: str
    files: list[UploadedFile]
    texts: dict[str, str]
    digest: str
    """A digest of all fields, with the names and the contents of files."""


async def receive_form(
    request: Request, uploads: Uploads, limits: Limits, fields: Fields
) -> UploadedForm:
    """Stage the files of a multipart request.

    Raises:
        UnsupportedMediaType: the request is not multipart/form-data.
        InvalidInput: the form is truncated or malformed, or has an unexpected field.
        TooLarge: the form has more bytes or files than the limits allow.
        StorageFull: there is not enough disk space.
    """
    boundary = _boundary(request, fields)
    async with _stage(request, uploads, limits) as (upload_id, writer):
        parser = _FormParser(boundary, writer, limits, fields)
        async for data in _rechunk(request.stream()):
            await run_in_threadpool(parser.write, data)
        texts = parser.finish()
        return UploadedForm(upload_id, writer.files, texts, _digest(writer, texts))


async def receive_raw_body(
    request: Request, uploads: Uploads, limits: Limits, filename: str
) -> UploadedForm:
    """Stage a request's body as one file.

    Raises:
        TooLarge: the body has more bytes than the limits allow.
        StorageFull: there is not enough disk space.
    """
    async with _stage(request, uploads, limits) as (upload_id, writer):
        writer.begin("file", filename)
        async for data in _rechunk(request.stream()):
            await run_in_threadpool(writer.write, data)
        writer.end()
        return UploadedForm(upload_id, writer.files, {}, _digest(writer, {}))


@asynccontextmanager
async def _stage(
    request: Request, uploads: Uploads, limits: Limits
) -> AsyncIterator[tuple[str, UploadWriter]]:
    """Check the disk space, then stage an upload with all disk access in another thread."""
    _check_free_space(request, uploads, limits)
    upload_id = new_id()
    staging = uploads.receive(upload_id)
    writer = await run_in_threadpool(staging.__enter__)
    try:
        yield upload_id, writer
    except BaseException as exc:
        await run_in_threadpool(staging.__exit__, type(exc), exc, exc.__traceback__)
        raise
    await run_in_threadpool(staging.__exit__, None, None, None)


def _digest(writer: UploadWriter, texts: Mapping[str, str]) -> str:
    files = [file.model_dump() for file in writer.files]
    fields = json.dumps([files, sorted(texts.items()), writer.digest])
    return hashlib.sha256(fields.encode()).hexdigest()


def _boundary(request: Request, fields: Fields) -> bytes:
    if error := compressed_body(request):
        raise error
    header = request.headers.get("content-type", "")
    media_type, options = parse_options_header(header)
    if media_type != b"multipart/form-data" or b"boundary" not in options:
        files = " or ".join(f"`{name}`" for name, kind in fields.items() if kind == "file")
        received = f"Content-Type {header[:80]!r}" if header else "no Content-Type"
        raise UnsupportedMediaType(
            f"send multipart/form-data with a file as the field {files}; received {received}"
        )
    return options[b"boundary"]


def _check_free_space(request: Request, uploads: Uploads, limits: Limits) -> None:
    length = int(request.headers.get("content-length") or 0)
    if length > limits.max_upload_mb * MEBIBYTE:
        raise TooLarge(
            f"the request is {length:,} bytes long; the limit is {limits.max_upload_mb} MiB"
        )
    free = uploads.free_bytes()
    if free is not None and free - length < limits.min_free_mb * MEBIBYTE:
        raise StorageFull(
            f"only {free // MEBIBYTE} MiB of disk space is free, and {limits.min_free_mb} MiB "
            "must remain free; free some space, then retry"
        )


async def _rechunk(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join network chunks into larger ones, since each write has to switch threads."""
    chunks: list[bytes] = []
    size = 0
    async for data in stream:
        chunks.append(data)
        size += len(data)
        if size >= _WRITE_BYTES:
            yield b"".join(chunks)
            chunks, size = [], 0
    yield b"".join(chunks)


class _FormParser:
    """Handles the events of the multipart parser."""

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
        self._size += len(data)
        if self._size > self._limits.max_upload_mb * MEBIBYTE:
            limit = self._limits.max_upload_mb
            raise TooLarge(
                f"the request exceeds {limit} MiB; split the upload into several requests"
            )
        try:
            self._parser.write(data)
        except FormParserError as exc:
            raise InvalidInput(f"the multipart body is malformed: {exc}") from exc

    def finish(self) -> dict[str, str]:
        """Return the text fields."""
        if self._parser.state is not MultipartState.END:
            raise InvalidInput("the multipart body is truncated; send the request again")
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
