"""What a block of a flow sends: a message or a file, and the values of the block's form."""

import json
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from core.errors import InvalidInput


async def form_of(request: Request) -> dict[str, str]:
    """The block's form; fields that are empty are left out, for a cleared field comes as "".

    Raises:
        InvalidInput: the body is not that of a block.
    """
    try:
        args = await _args(request)
    except (ValueError, RecursionError, HTTPException) as exc:
        raise InvalidInput("the body is not what a block of a flow sends") from exc
    if not isinstance(args, dict):
        raise InvalidInput("args: send an object with the values of the block's form")
    texts = {name: str(value).strip() for name, value in args.items() if _plain(value)}
    return {name: text for name, text in texts.items() if text}


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float)


async def _args(request: Request) -> Any:
    """The args as they came; beside a file they are a file themselves, not a field."""
    if not request.headers.get("content-type", "").startswith("multipart/"):
        body = await request.json()
        return (body.get("args") or {}) if isinstance(body, dict) else None
    async with request.form(max_files=2) as form:
        part = form.get("args")
        return json.loads(await part.read() if isinstance(part, UploadFile) else part or "{}")
