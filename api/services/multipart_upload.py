"""A multipart body on its way to the store: part after part into one file, never in memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from core.errors import InvalidInput, StorageFull, TooLarge, UnsupportedMedia
from core.settings import MEBIBYTE, Limits
from core.storage import PackWriter, Part, Uploads

_AT_ONCE = MEBIBYTE
_TEXT_BYTES = MEBIBYTE
_HEADER_BYTES = 16_384


@dataclass
class Form:
    """What came: files that are staged, and short texts."""

    files: list[Part] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)


async def receive(
    request: Request,
    uploads: Uploads,
    upload: str,
    limits: Limits,
    *,
    files: tuple[str, ...] = ("files", "manifest"),
    texts: tuple[str, ...] = (),
) -> Form:
    """Stage the files of a request under an upload's id.

    Raises:
        UnsupportedMedia: it is not multipart/form-data.
        InvalidInput: it breaks off, has no file, or a part of a name that is not known.
        TooLarge: more bytes or files than the limits allow.
        StorageFull: the disk has no room for it.
    """
    boundary = _boundary(request)
    _check_room(request, uploads, limits)
    async with _staging(uploads, upload) as writer:
        parser = _Parser(boundary, writer, limits, (files, texts))
        async for data in _in_pieces(request.stream()):
            await run_in_threadpool(parser.write, data)
        return parser.end()


async def receive_whole(
    request: Request, uploads: Uploads, upload: str, limits: Limits, filename: str
) -> None:
    """Stage a request's body as one file.

    Raises:
        TooLarge: more bytes than the limits allow.
        StorageFull: the disk has no room for it.
    """
    _check_room(request, uploads, limits)
    async with _staging(uploads, upload) as writer:
        writer.begin("file", filename)
        async for data in _in_pieces(request.stream()):
            await run_in_threadpool(writer.write, data)
        writer.end()


@asynccontextmanager
async def _staging(uploads: Uploads, upload: str) -> AsyncIterator[PackWriter]:
    """`uploads.receive`, its disk work in another thread."""
    staging = uploads.receive(upload)
    writer = await run_in_threadpool(staging.__enter__)
    try:
        yield writer
    except BaseException as exc:
        await run_in_threadpool(_leave, staging, exc)
        raise
    await run_in_threadpool(staging.__exit__, None, None, None)


def _leave(staging: AbstractContextManager[PackWriter], error: BaseException) -> None:
    staging.__exit__(type(error), error, error.__traceback__)


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise UnsupportedMedia("send multipart/form-data with the pictures or archives as `files`")
    return options[b"boundary"]


def _check_room(request: Request, uploads: Uploads, limits: Limits) -> None:
    length = int(request.headers.get("content-length") or 0)
    if length > limits.upload_mb * MEBIBYTE:
        raise TooLarge(f"{length:,} bytes in one request; the limit is {limits.upload_mb} MiB")
    free = uploads.free_bytes()
    if free is not None and free - length < limits.free_mb * MEBIBYTE:
        raise StorageFull(
            f"the disk has {free // MEBIBYTE} MiB free, of which {limits.free_mb} are kept free; "
            "make room and send it again"
        )


async def _in_pieces(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join what the network gives to pieces worth a trip to another thread."""
    pieces: list[bytes] = []
    size = 0
    async for data in stream:
        pieces.append(data)
        size += len(data)
        if size >= _AT_ONCE:
            yield b"".join(pieces)
            pieces, size = [], 0
    yield b"".join(pieces)


class _Parser:
    """Follows the parser's events: a part begins, has headers, has bytes, ends."""

    def __init__(
        self,
        boundary: bytes,
        writer: PackWriter,
        limits: Limits,
        known: tuple[tuple[str, ...], tuple[str, ...]],
    ) -> None:
        self._writer, self._limits = writer, limits
        self._known_files, self._known_texts = known
        self._form = Form()
        self._size = 0
        self._done = False
        self._header: list[bytes] = [b"", b""]
        self._headers: dict[bytes, bytes] = {}
        self._text: tuple[str, bytearray] | None = None
        callbacks: dict[str, Callable[..., Any]] = {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, a, b: self._header_piece(0, data[a:b]),
            "on_header_value": lambda data, a, b: self._header_piece(1, data[a:b]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all_done,
        }
        self._parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limits.upload_mb * MEBIBYTE:
            raise TooLarge(f"one request may have {self._limits.upload_mb} MiB; send several")
        try:
            self._parser.write(data)
        except FormParserError as exc:
            raise InvalidInput(f"the multipart body cannot be read: {exc}") from exc

    def end(self) -> Form:
        if not self._done:
            raise InvalidInput("the multipart body breaks off before its end")
        self._form.files = self._writer.parts
        return self._form

    def _begin(self) -> None:
        self._headers, self._header = {}, [b"", b""]
        if len(self._writer.parts) + len(self._form.texts) >= self._limits.parts:
            raise TooLarge(f"more than {self._limits.parts:,} files at once; send an archive")

    def _header_piece(self, which: int, data: bytes) -> None:
        self._header[which] += data
        if len(self._header[which]) > _HEADER_BYTES:
            raise InvalidInput("a header of a part is too long")

    def _header_end(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = [b"", b""]

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        if filename is None and name in self._known_texts:
            self._text = (name, bytearray())
        elif filename is not None and name in self._known_files:
            self._text = None
            self._writer.begin(name, _clean(filename))
        else:
            known = ", ".join([*self._known_files, *self._known_texts])
            kind = "a file" if filename is not None else "a text"
            raise InvalidInput(f"part {name[:80]!r} ({kind}) is not known; known are {known}")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._text is None:
            self._writer.write(data[start:end])
            return
        self._text[1].extend(data[start:end])
        if len(self._text[1]) > _TEXT_BYTES:
            raise TooLarge(f"{self._text[0]}: more than {_TEXT_BYTES:,} bytes")

    def _end(self) -> None:
        if self._text is None:
            self._writer.end()
            return
        name, value = self._text
        try:
            self._form.texts[name] = value.decode()
        except UnicodeDecodeError as exc:
            raise InvalidInput(f"{name}: not UTF-8") from exc

    def _all_done(self) -> None:
        self._done = True


def _clean(filename: bytes) -> str:
    """A client's file name, as data: never a path of ours."""
    name = filename.decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[:255] or "unnamed"
