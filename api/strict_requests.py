"""Rejects what a request contains but its route does not declare, so that nothing is ignored.

Otherwise, a mistyped parameter would silently leave the default in force, and a second value would
replace the first.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from fastapi import Request, params
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import FormData, UploadFile

from api.errors import compressed_body
from api.services.form_parsing import load_json
from core.errors import InvalidInput, UnsupportedMediaType
from core.file_types import describe_file

_FORM_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")
_EMPTY_BODIES = {b"", b"{}", b"null"}


async def reject_undeclared(request: Request) -> None:
    """Check the query and the body of a request, as a dependency of all routes.

    Raises:
        InvalidInput: a name is unknown or given twice, a file is sent as text or vice versa, or the
            route takes no body.
        UnsupportedMediaType: the body is of a type that the route does not read, or is compressed.
    """
    route: APIRoute = request.scope["route"]
    if request.scope["query_string"]:
        pairs = request.query_params.multi_items()
        check_names("query parameter", (name for name, _ in pairs), _query_names(route))
    if not _has_body(request) or (route.openapi_extra or {}).get("requestBody"):
        return  # routes that declare their body themselves also read it themselves
    await _check_body(request, route)


def check_names(word: str, names: Iterable[str], known: Collection[str]) -> None:
    """Check that all names are known, and that none is given twice.

    Raises:
        InvalidInput: a name is unknown or given twice; the detail lists the known names.
    """
    counts = Counter(names)
    for name, count in counts.items():
        if name not in known:
            listed = f"known: {', '.join(known)}" if known else "this path has none"
            raise InvalidInput(f"unknown {word} {name[:80]!r}; {listed}")
        if count > 1:
            raise InvalidInput(f"{word} {name!r} is given {count} times; give it once")


async def read_json(request: Request) -> Any:
    """Check and parse the JSON body of a request.

    Raises:
        InvalidInput: the body is not JSON, or an object repeats a key.
        RequestValidationError: there is no body.
        UnsupportedMediaType: the body is of another type, or is compressed.
    """
    if not _has_body(request):
        missing = {"type": "missing", "loc": ("body",), "msg": "Field required", "input": None}
        raise RequestValidationError([missing])
    if error := compressed_body(request):
        raise error
    _check_media_type(request, ("application/json",), {})
    return load_json(await request.body(), "body")


async def _check_body(request: Request, route: APIRoute) -> None:
    field = route.body_field
    if field is None:
        if (await request.body()).strip() not in _EMPTY_BODIES:
            raise InvalidInput(
                f"{request.method} {request.url.path[:200]} takes no body; remove it"
            )
        return
    if isinstance(field.field_info, params.Form):
        if error := compressed_body(request):
            raise error
        fields = _form_fields(route)
        _check_media_type(request, _FORM_TYPES, fields)
        _check_form(await request.form(), fields)
    else:
        await read_json(request)


def _check_media_type(request: Request, accepted: tuple[str, ...], fields: dict[str, bool]) -> None:
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent in accepted or (not fields and sent.endswith("+json")):
        return
    files = ", ".join(f"`{name}`" for name, is_file in fields.items() if is_file)
    detail = f"; files go into the field {files}" if files else ""
    received = f"Content-Type {sent[:80]!r}" if sent else "no Content-Type"
    raise UnsupportedMediaType(f"send {accepted[0]}{detail}; received {received}")


def _check_form(form: FormData, fields: dict[str, bool]) -> None:
    check_names("form field", (name for name, _ in form.multi_items()), fields)
    for name, value in form.items():
        if fields[name] and not isinstance(value, UploadFile):
            kind = describe_file(str(value)[:512].encode()) or "text"
            raise InvalidInput(
                f"form field {name!r}: received {kind}; send a file with a file name (with curl: "
                f"-F {name}=@FILE)"
            )
        if not fields[name] and isinstance(value, UploadFile):
            raise InvalidInput(f"form field {name!r}: send text, not a file")


def _has_body(request: Request) -> bool:
    headers = request.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _query_names(route: APIRoute) -> tuple[str, ...]:
    return tuple(field.alias for part in _flatten(route.dependant) for field in part.query_params)


def _form_fields(route: APIRoute) -> dict[str, bool]:
    """Return the names of a form's fields, and whether each is a file."""
    fields = (field for part in _flatten(route.dependant) for field in part.body_params)
    return {field.alias: isinstance(field.field_info, params.File) for field in fields}


def _flatten(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for part in dependant.dependencies:
        yield from _flatten(part)
