"""Parses a block's request: a message or a file, and the values of the block's form."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from api.loko.client import ApiClient
from api.loko.form_values import FormValues
from api.loko.gateway import Gateway
from core.errors import Forbidden, InvalidInput, TooLarge
from core.settings import Settings

_MAX_ARGS_BYTES = 1024 * 1024
_INVALID_BODY = "the body is not a request of a flow's block"


@dataclass(frozen=True)
class BlockRequest:
    """One request of a block, with the services needed to answer it."""

    message: Any
    """The message; None if a file was sent."""
    form: FormValues
    file: UploadFile | None
    client: ApiClient
    gateway: Gateway
    settings: Settings
    authorization: str | None
    """The caller's Authorization header."""
    started_at: float
    """On the monotonic clock, in seconds."""

    async def call_api(self, method: str, path: str, **options: Any) -> Any:
        """Return the JSON of a response of `/v1`."""
        return await self.client.request(self.authorization, method, path, **options)

    def deadline(self, field_prefix: str = "") -> float:
        """Return when to answer. `field_prefix`: of the form's fields for it, if it has any."""
        seconds = self.settings.loko.wait_s
        if field_prefix:
            waits = self.form.is_on(f"{field_prefix}_wait")
            limit_s = self.form.seconds(f"{field_prefix}_wait_seconds")
            seconds = min(seconds, limit_s) if waits else 0
        return self.started_at + seconds

    def file_part(self) -> tuple[str, Any, str]:
        """Return the file as name, content and media type, for a multipart request.

        Raises:
            InvalidInput: no file was sent.
        """
        if self.file is None:
            raise InvalidInput("Send a file: link a File Reader without 'Read content'")
        return (
            unquote(self.file.filename or "unnamed"),
            self.file.file,
            self.file.content_type or "application/octet-stream",
        )


async def parse_block_request(request: Request) -> AsyncIterator[BlockRequest]:
    """Parse a request, sent as JSON or as multipart with a file.

    Raises:
        InvalidInput: the body is not that of a block.
        Forbidden: a web page sent it, not a flow.
    """
    started_at = time.monotonic()
    if "origin" in request.headers:
        raise Forbidden("blocks are for flows; web pages cannot call them")
    if request.headers.get("content-type", "").startswith("multipart/"):
        async with request.form(max_files=2, max_fields=2) as parts:
            args, file = await _parse_args(parts), _file_of(parts)
            yield _block_request(request, started_at, None, args, file)
    else:
        body = _parse_json(await request.body())
        if not isinstance(body, dict):
            raise InvalidInput(_INVALID_BODY)
        yield _block_request(request, started_at, body.get("value"), body.get("args"), None)


BlockRequestDep = Annotated[BlockRequest, Depends(parse_block_request)]


def _block_request(
    request: Request, started_at: float, message: Any, args: Any, file: UploadFile | None
) -> BlockRequest:
    if not isinstance(args or {}, dict):
        raise InvalidInput("args: send an object with the values of the block's form")
    return BlockRequest(
        message=message,
        form=FormValues(args or {}),
        file=file,
        client=request.app.state.client,
        gateway=request.app.state.gateway,
        settings=request.app.state.settings,
        authorization=request.headers.get("authorization"),
        started_at=started_at,
    )


def _file_of(parts: FormData) -> UploadFile | None:
    file = parts.get("file")
    return file if isinstance(file, UploadFile) else None


async def _parse_args(parts: FormData) -> Any:
    """Parse the args that accompany a file; Loko sends them as a file, too."""
    args = parts.get("args")
    if not isinstance(args, UploadFile):
        return _parse_json((args or "{}").encode())
    if (args.size or 0) > _MAX_ARGS_BYTES:
        raise TooLarge(f"args: more than {_MAX_ARGS_BYTES:,} bytes")
    return _parse_json(await args.read())


def _parse_json(data: bytes) -> Any:
    try:
        value = json.loads(data)
        if b"\\ud" in data.lower():
            json.dumps(value, ensure_ascii=False).encode()  # rejects half a surrogate pair
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(_INVALID_BODY) from exc
    return value


def path_segment(text: str) -> str:
    """Percent-encode a string as one segment of a URL path."""
    return quote(text, safe="").replace(".", "%2E")  # ".." would change the path
