"""Parses the request of a block: a message or a file, and the values of the block's form."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from api.loko.client import ApiClient, Json
from api.loko.form_values import FormValues
from api.loko.gateway import Gateway
from core.errors import Forbidden, InvalidInput, TooLarge
from core.settings import Settings

_MAX_ARGS_BYTES = 1024 * 1024
_INVALID_BODY = "the body is not the request of a block; call blocks from a flow"


@dataclass(frozen=True)
class BlockRequest:
    """A request from a block, and the services needed to answer it."""

    message: Any
    """The message; None if a file was sent."""
    form: FormValues
    file: tuple[str, Any, str] | None
    """The name, content and media type of the file."""
    client: ApiClient
    gateway: Gateway
    settings: Settings
    authorization: str | None
    """The caller's Authorization header."""
    started_at: float
    """Seconds on the monotonic clock."""

    async def call_api(self, method: str, path: str, **options: Any) -> Json:
        """Send a request to `/v1` and return the JSON object in the response."""
        return await self.client.request(self.authorization, method, path, **options)

    def deadline(self, field_prefix: str = "") -> float:
        """Return the time by which to answer, in seconds on the monotonic clock.

        `field_prefix` is the prefix of the `_wait` and `_wait_seconds` fields if the form has them.
        """
        seconds = self.settings.loko.wait_s
        if field_prefix:
            waits = self.form.is_on(f"{field_prefix}_wait")
            limit_s = self.form.seconds(f"{field_prefix}_wait_seconds")
            seconds = min(seconds, limit_s) if waits else 0
        return self.started_at + seconds


async def parse_block_request(request: Request) -> AsyncIterator[BlockRequest]:
    """Parse a request, sent as JSON or as multipart with a file.

    Raises:
        InvalidInput: the body is not a request from a block.
        Forbidden: a web page sent the request.
    """
    started_at = time.monotonic()
    if "origin" in request.headers:
        raise Forbidden("web pages cannot call blocks; call them from a flow")
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
    request: Request,
    started_at: float,
    message: Any,
    args: Any,
    file: tuple[str, Any, str] | None,
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


def _file_of(parts: FormData) -> tuple[str, Any, str] | None:
    file = parts.get("file")
    if not isinstance(file, UploadFile):
        return None
    media_type = file.content_type or "application/octet-stream"
    return unquote(file.filename or "unnamed"), file.file, media_type


async def _parse_args(parts: FormData) -> Any:
    """Parse the values of the form, which Loko sends as a second file."""
    args = parts.get("args")
    if not isinstance(args, UploadFile):
        return _parse_json((args or "{}").encode())
    if (args.size or 0) > _MAX_ARGS_BYTES:
        raise TooLarge(
            f"args: the object exceeds {_MAX_ARGS_BYTES:,} bytes; shorten the values of the form"
        )
    return _parse_json(await args.read())


def _parse_json(data: bytes) -> Any:
    try:
        value = json.loads(data)
        if b"\\ud" in data.lower():
            json.dumps(value, ensure_ascii=False).encode()  # rejects half a surrogate pair
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(_INVALID_BODY) from exc
    return value


def require_text(message: Any, *fields: str, hint: str) -> str:
    """Return a message, or the first of its `fields` that exists, as text.

    Raises:
        InvalidInput: there is no text or whole number; `hint` says what to do.
    """
    if isinstance(message, dict):
        message = next((message[name] for name in fields if name in message), None)
    if isinstance(message, bool) or not isinstance(message, str | int) or not str(message).strip():
        raise InvalidInput(hint)
    return str(message).strip()


def path_segment(text: str) -> str:
    """Percent-encode a string as one segment of a URL path."""
    return quote(text, safe="").replace(".", "%2E")  # ".." would change the path
