"""What a block of a flow sends: a message or a file, and the values of the block's form."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from api.loko.client import Server
from api.loko.form_values import Form
from api.loko.gateway import Gateway
from core.errors import InvalidInput, NotAllowed, TooLarge
from core.settings import Settings

_ARGS_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Call:
    """One call of a block, and whom it concerns."""

    value: Any
    """The message; None where a file came."""
    form: Form
    file: UploadFile | None
    server: Server
    gateway: Gateway
    settings: Settings
    known: str | None
    """The caller's Authorization header."""
    began: float
    """On the monotonic clock."""

    async def ask(self, method: str, path: str, **sent: Any) -> Any:
        """The JSON of an answer of `/v1`."""
        return await self.server.ask(self.known, method, path, **sent)

    def until(self, wait: str = "") -> float:
        """When an answer is due; `wait` begins the names of the form's fields for it, if any."""
        seconds = self.settings.loko.wait_s
        if wait:
            on = self.form.is_on(f"{wait}_wait")
            seconds = min(seconds, self.form.seconds(f"{wait}_wait_seconds")) if on else 0
        return self.began + seconds

    def part(self) -> tuple[str, Any, str]:
        """The file as it goes on.

        Raises:
            InvalidInput: none came.
        """
        if self.file is None:
            raise InvalidInput("Send a file: link a File Reader without 'Read content'")
        return (
            unquote(self.file.filename or "unnamed"),
            self.file.file,
            self.file.content_type or "application/octet-stream",
        )


async def call_of(request: Request) -> AsyncIterator[Call]:
    """What came, whether as JSON or with a file.

    Raises:
        InvalidInput: the body is not that of a block.
        NotAllowed: a page in a browser sent it, and not a flow.
    """
    began = time.monotonic()
    if "origin" in request.headers:
        raise NotAllowed("blocks are for flows; a web page cannot ask them")
    if request.headers.get("content-type", "").startswith("multipart/"):
        async with request.form(max_files=2, max_fields=2) as parts:
            yield _call(request, began, None, await _args(parts), _file(parts))
    else:
        body = _parsed(await request.body())
        if not isinstance(body, dict):
            raise InvalidInput("the body is not what a block of a flow sends")
        yield _call(request, began, body.get("value"), body.get("args"), None)


CallDep = Annotated[Call, Depends(call_of)]


def _call(request: Request, began: float, value: Any, args: Any, file: UploadFile | None) -> Call:
    if not isinstance(args or {}, dict):
        raise InvalidInput("args: send an object with the values of the block's form")
    return Call(
        value=value,
        form=Form(args or {}),
        file=file,
        server=request.app.state.server,
        gateway=request.app.state.gateway,
        settings=request.app.state.settings,
        known=request.headers.get("authorization"),
        began=began,
    )


def _file(parts: FormData) -> UploadFile | None:
    found = parts.get("file")
    return found if isinstance(found, UploadFile) else None


async def _args(parts: FormData) -> Any:
    """The args beside a file: they are a file themselves, not a field."""
    part = parts.get("args")
    if not isinstance(part, UploadFile):
        return _parsed((part or "{}").encode())
    if (part.size or 0) > _ARGS_BYTES:
        raise TooLarge(f"args: more than {_ARGS_BYTES:,} bytes")
    return _parsed(await part.read())


def _parsed(data: bytes) -> Any:
    try:
        found = json.loads(data)
        if b"\\ud" in data.lower():
            json.dumps(found, ensure_ascii=False).encode()  # half an emoji is no text
    except (ValueError, RecursionError) as exc:
        raise InvalidInput("the body is not what a block of a flow sends") from exc
    return found


def segment(text: str) -> str:
    """A text as one step of a path, whatever is in it."""
    return quote(text, safe="").replace(".", "%2E")  # else ".." would lead elsewhere
