"""Streams all files of a multipart body into one file of the store, never into memory."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool

from api.errors import compressed_body
from api.services.multipart_parser import Fields, FormParser
from core.errors import StorageFull, TooLarge, UnsupportedMediaType
from core.jobs.ledger import new_id
from core.settings import MEBIBYTE, Limits
from core.storage import UploadedFile, Uploads, UploadWriter

_WRITE_BYTES = MEBIBYTE


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
        parser = FormParser(boundary, writer, limits, fields)
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
    _check_length(request, uploads, limits)
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


def _check_length(request: Request, uploads: Uploads, limits: Limits) -> None:
    length = int(request.headers.get("content-length") or 0)
    if length > limits.max_upload_mb * MEBIBYTE:
        raise TooLarge(
            f"the request is {length:,} bytes long; the limit is {limits.max_upload_mb} MiB"
        )
    check_free_space(uploads, limits, length)


def check_free_space(uploads: Uploads, limits: Limits, length: int) -> None:
    """Check that the disk has room for `length` bytes more.

    Raises:
        StorageFull: it has not.
    """
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
