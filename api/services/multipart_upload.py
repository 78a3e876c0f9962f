"""Streams multipart bodies to the store: all files of a form into one file, never into memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from core.errors import InvalidInput, StorageFull, TooLarge, UnsupportedMediaType
from core.settings import MEBIBYTE, Limits
from core.storage import UploadedFile, Uploads, UploadWriter

_WRITE_BYTES = MEBIBYTE
_MAX_TEXT_BYTES = MEBIBYTE
_MAX_HEADER_BYTES = 16_384


@dataclass(frozen=True)
class FormFields:
    """The names of the fields that a form may have."""

    files: tuple[str, ...] = ("files", "manifest")
    texts: tuple[str, ...] = ()


@dataclass
class UploadedForm:
    """A received form: files that are staged under an upload's id, and text fields."""

    upload_id: str
    files: list[UploadedFile] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)


async def receive_form(
    request: Request, uploads: Uploads, upload_id: str, limits: Limits, fields: FormFields
) -> UploadedForm:
    """Stage the files of a multipart request.

    Raises:
        UnsupportedMediaType: it is not multipart/form-data.
        InvalidInput: it is truncated or malformed, or has an unexpected field.
        TooLarge: more bytes or files than the limits allow.
        StorageFull: not enough disk space.
    """
    boundary = _boundary(request)
    _check_free_space(request, uploads, limits)
    async with _stage(uploads, upload_id) as writer:
        parser = _FormParser(boundary, writer, limits, fields)
        async for data in _rechunk(request.stream()):
            await run_in_threadpool(parser.write, data)
        texts = parser.finish()
        return UploadedForm(upload_id, writer.files, texts)


async def receive_raw_body(
    request: Request, uploads: Uploads, upload_id: str, limits: Limits, filename: str
) -> None:
    """Stage a request's body as one file.

    Raises:
        TooLarge: more bytes than the limits allow.
        StorageFull: not enough disk space.
    """
    _check_free_space(request, uploads, limits)
    async with _stage(uploads, upload_id) as writer:
        writer.begin("file", filename)
        async for data in _rechunk(request.stream()):
            await run_in_threadpool(writer.write, data)
        writer.end()


@asynccontextmanager
async def _stage(uploads: Uploads, upload_id: str) -> AsyncIterator[UploadWriter]:
    """`uploads.receive`, with its disk access in another thread."""
    staging = uploads.receive(upload_id)
    writer = await run_in_threadpool(staging.__enter__)
    try:
        yield writer
    except BaseException as exc:
        await run_in_threadpool(_exit, staging, exc)
        raise
    await run_in_threadpool(staging.__exit__, None, None, None)


def _exit(staging: AbstractContextManager[UploadWriter], error: BaseException) -> None:
    staging.__exit__(type(error), error, error.__traceback__)


def _boundary(request: Request) -> bytes:
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    if media_type != b"multipart/form-data" or b"boundary" not in options:
        raise UnsupportedMediaType("send multipart/form-data with images or archives as `files`")
    return options[b"boundary"]


def _check_free_space(request: Request, uploads: Uploads, limits: Limits) -> None:
    length = int(request.headers.get("content-length") or 0)
    if length > limits.max_upload_mb * MEBIBYTE:
        raise TooLarge(f"the request has {length:,} bytes; the limit is {limits.max_upload_mb} MiB")
    free = uploads.free_bytes()
    if free is not None and free - length < limits.min_free_mb * MEBIBYTE:
        raise StorageFull(
            f"not enough disk space: {free // MEBIBYTE} MiB free, of which {limits.min_free_mb} "
            "are reserved; free some space, then retry"
        )


async def _rechunk(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join network chunks, so that each is worth the handover to another thread."""
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
    """Handles the parser's events: a part begins, has headers, has data, ends."""

    def __init__(
        self, boundary: bytes, writer: UploadWriter, limits: Limits, fields: FormFields
    ) -> None:
        self._writer, self._limits, self._fields = writer, limits, fields
        self._texts: dict[str, str] = {}
        self._size = 0
        self._is_complete = False
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
            "on_end": self._on_end,
        }
        self._parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limits.max_upload_mb * MEBIBYTE:
            limit = self._limits.max_upload_mb
            raise TooLarge(f"the request exceeds {limit} MiB; split it into several")
        try:
            self._parser.write(data)
        except FormParserError as exc:
            raise InvalidInput(f"malformed multipart body: {exc}") from exc

    def finish(self) -> dict[str, str]:
        """Return the text fields."""
        if not self._is_complete:
            raise InvalidInput("the multipart body is truncated")
        return self._texts

    def _on_part_begin(self) -> None:
        self._headers, self._header = {}, [b"", b""]
        limit = self._limits.max_files
        if len(self._writer.files) + len(self._texts) >= limit:
            raise TooLarge(f"more than {limit:,} files in one request; send an archive")

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
        if filename is None and name in self._fields.texts:
            self._text = (name, bytearray())
        elif filename is not None and name in self._fields.files:
            self._text = None
            self._writer.begin(name, _sanitize(filename))
        else:
            expected = ", ".join([*self._fields.files, *self._fields.texts])
            kind = "file" if filename is not None else "text"
            raise InvalidInput(f"unexpected {kind} field {name[:80]!r}; expected: {expected}")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._text is None:
            self._writer.write(data[start:end])
            return
        self._text[1].extend(data[start:end])
        if len(self._text[1]) > _MAX_TEXT_BYTES:
            raise TooLarge(f"{self._text[0]}: more than {_MAX_TEXT_BYTES:,} bytes")

    def _on_part_end(self) -> None:
        if self._text is None:
            self._writer.end()
            return
        name, value = self._text
        try:
            self._texts[name] = value.decode()
        except UnicodeDecodeError as exc:
            raise InvalidInput(f"the form field {name} is not valid UTF-8") from exc

    def _on_end(self) -> None:
        self._is_complete = True


def _sanitize(filename: bytes) -> str:
    """Reduce a client's file name to a printable base name; it is data, never used as a path."""
    name = filename.decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[:255] or "unnamed"
