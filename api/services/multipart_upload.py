"""Streams all files of a multipart body into one file of the store, never into memory."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, MultipartState, parse_options_header
from starlette.concurrency import run_in_threadpool

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
    boundary = _boundary(request)
    async with _stage(request, uploads, limits) as (upload_id, writer):
        parser = _FormParser(boundary, writer, limits, fields)
        async for data in _rechunk(request.stream()):
            await run_in_threadpool(parser.write, data)
        return UploadedForm(upload_id, writer.files, parser.finish())


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
        return UploadedForm(upload_id, writer.files, {})


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


def _boundary(request: Request) -> bytes:
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    if media_type != b"multipart/form-data" or b"boundary" not in options:
        raise UnsupportedMediaType("send multipart/form-data with images or archives as `files`")
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
    """Join network chunks, since each write has to switch threads."""
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
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        kind = "text" if filename is None else "file"
        if self._fields.get(name) != kind:
            expected = ", ".join(self._fields)
            raise InvalidInput(f"unexpected {kind} field {name[:80]!r}; expected: {expected}")
        if filename is None:
            self._text = (name, bytearray())
        else:
            self._text = None
            self._writer.begin(name, _sanitize(filename))

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


def _sanitize(filename: bytes) -> str:
    """Reduce a client's file name to a printable base name; the name is never used as a path."""
    name = filename.decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[:255] or "unnamed"
