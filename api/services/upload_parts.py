"""Receives the next bytes of a resumable upload, and stores them in parts while they arrive."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.dependencies import Services
from api.services.multipart_upload import check_free_space
from core.errors import RequestTimeout, TooLarge, Unavailable
from core.settings import MEBIBYTE
from core.storage import UploadState

PART_BYTES = 8 * MEBIBYTE
"""Bytes held in memory per request, and lost at most if the API is killed."""
_MAX_PARTS = 10_000
_MAX_AT_A_TIME = 32
_running = 0


async def append_body(request: Request, state: UploadState, services: Services) -> int:
    """Store the body of a request at the end of an upload; return the new offset.

    Everything that arrived is stored, even if the connection breaks.

    Raises:
        TooLarge: the body goes beyond the announced size, or the upload has too many parts.
        Conflict: another request is sending the same upload.
        RequestTimeout: the connection broke.
        StorageFull: there is not enough disk space.
        Unavailable: too many uploads arrive at this moment.
    """
    length = int(request.headers.get("content-length") or 0)
    _check_size(state, state.offset + length)
    with _slot():
        parts = _PartWriter(state, services)
        try:
            async for data in request.stream():
                await parts.add(data)
        except ClientDisconnect as exc:
            await parts.flush()
            raise RequestTimeout("the connection broke; ask for the offset, then go on") from exc
        except HTTPException:  # the client paused for too long
            await parts.flush()
            raise
        await parts.flush()
        return parts.offset


@contextmanager
def _slot() -> Iterator[None]:
    """Limit the memory that uploads take up; for use within one event loop."""
    global _running  # noqa: PLW0603 - one per process
    if _running >= _MAX_AT_A_TIME:
        raise Unavailable("too many uploads are arriving; retry later")
    _running += 1
    try:
        yield
    finally:
        _running -= 1


class _PartWriter:
    """Collects a body in memory, and stores it in parts."""

    def __init__(self, state: UploadState, services: Services) -> None:
        self.offset = state.offset
        self._state, self._services = state, services
        self._parts = state.parts
        self._pending = bytearray()

    async def add(self, data: bytes) -> None:
        """Take the next bytes; store them once they fill a part."""
        self._pending += data
        _check_size(self._state, self.offset + len(self._pending))
        if len(self._pending) >= PART_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Store the bytes that have arrived."""
        if data := bytes(self._pending):
            self._pending.clear()
            await run_in_threadpool(self._store, data)
            self.offset += len(data)
            self._parts += 1

    def _store(self, data: bytes) -> None:
        if self._parts >= _MAX_PARTS:
            raise TooLarge(
                f"the upload has {_MAX_PARTS:,} parts; start again, and send more in each request"
            )
        check_free_space(self._services.uploads, self._services.settings.limits, len(data))
        self._services.resumable_uploads.append(self._state.id, self.offset, data)


def _check_size(state: UploadState, end: int) -> None:
    if end > state.upload.size:
        raise TooLarge(
            f"the body goes beyond the size that was announced, {state.upload.size:,} bytes; send "
            f"the bytes from {state.offset:,} to the end of the file"
        )
