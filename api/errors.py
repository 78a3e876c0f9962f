"""Errors as application/problem+json responses (RFC 9457), and the table of HTTP status codes."""

import logging
import math
from http import HTTPStatus
from time import monotonic
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.allowed_methods import allowed_methods
from core.errors import (
    Conflict,
    CoreError,
    Forbidden,
    InvalidInput,
    MissingApiKey,
    NotFound,
    NotInstalled,
    RequestTimeout,
    StorageFull,
    TooLarge,
    TooManyRequests,
    Unavailable,
    UnsupportedMediaType,
)
from core.observability.logs import request_id
from core.records import describe_fault

log = logging.getLogger(__name__)

STATUS: dict[type[CoreError], int] = {
    TooLarge: 413,
    UnsupportedMediaType: 415,
    InvalidInput: 422,
    RequestTimeout: 408,
    MissingApiKey: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooManyRequests: 429,
    NotInstalled: 503,
    StorageFull: 507,
    Unavailable: 503,
    CoreError: 500,
}
RETRY_AFTER_S = 5
_WARNING_PERIOD_S = 10
_MAX_WARNINGS = 100
_warned_at: dict[str, float] = {}
"""When each warning was last logged."""
MEDIA_TYPE = "application/problem+json"

# examples for several routes
DISK_FULL = StorageFull("the store's disk is full; free some space, then retry")
UPLOAD_USED = Conflict(
    "upload 0a1b2c3d4e5f5f0c1d9e7a2b was used already; to import the file once more, send it again"
)
MISSING_WEIGHTS = NotInstalled(
    "the weights of resnet50 are missing; run `lookalike weights fetch resnet50`"
)

_BY_HTTP_STATUS: dict[int, type[CoreError]] = {
    400: InvalidInput,
    408: RequestTimeout,
    413: TooLarge,
}


def status_of(error: type[CoreError]) -> int:
    """Return the HTTP status of an error class: its own, or that of its nearest base class."""
    return next(STATUS[base] for base in error.__mro__ if base in STATUS)


def install(app: FastAPI) -> None:
    """Turn every error of the app into a problem response."""
    app.add_exception_handler(CoreError, _on_core_error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _on_invalid)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _on_http_error)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _on_unexpected)


def problem_responses(*errors: CoreError) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of a route that has these errors, with an example of each."""
    responses: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        example = error_response(error)
        response = responses.setdefault(example.status_code, _empty_response())
        response["description"] += f"{'; or: ' if response['description'] else ''}{error.title}"
        examples = response["content"][MEDIA_TYPE]["examples"]
        examples[error.code] = {"value": orjson.loads(example.body)}
        response["headers"] |= {
            name: {"schema": {"type": "string"}, "example": value}
            for name, value in example.headers.items()
            if not name.startswith("content-")
        }
    return responses


def _empty_response() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    content = {MEDIA_TYPE: {"schema": schema, "examples": {}}}
    return {"description": "", "content": content, "headers": {}}


def error_response(error: CoreError) -> JSONResponse:
    """Return the problem response of a domain error."""
    response = _problem(
        status_of(type(error)),
        code=error.code,
        title=error.title,
        detail=error.detail,
        **error.extra,
    )
    if isinstance(error, MissingApiKey):
        response.headers["WWW-Authenticate"] = 'Bearer realm="lookalike"'
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.wait_s)
    return response


def _problem(status: int, *, code: str, title: str, detail: str, **extra: object) -> JSONResponse:
    """Build a problem response; `code` is for programs, `detail` for people."""
    body: dict[str, Any] = {
        "type": f"urn:lookalike:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if id := request_id.get():
        body["request_id"] = id
    return JSONResponse(body | extra, status, media_type=MEDIA_TYPE)


def _on_core_error(_: Request, error: CoreError) -> JSONResponse:
    if isinstance(error, Unavailable) and (cause := error.__cause__):  # says which server, and why
        text = f"{error.detail}: {type(cause).__name__}: {cause}".removesuffix(": ")
        _warn(text)
    return error_response(error)


def _warn(text: str) -> None:
    """Log a warning, unless that was done a moment ago: every request may fail in the same way."""
    now = monotonic()
    if now - _warned_at.get(text, -math.inf) < _WARNING_PERIOD_S:
        return
    if len(_warned_at) >= _MAX_WARNINGS:
        _warned_at.clear()
    _warned_at[text] = now
    log.warning("%s", text)


def _on_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    errors = [
        {"where": ".".join(map(str, item["loc"])), "what": describe_fault(item)}
        for item in error.errors()
    ]
    detail = "; ".join(f"{item['where']}: {item['what']}" for item in errors)
    return error_response(InvalidInput(detail, errors=errors))


def _on_http_error(request: Request, error: HTTPException) -> JSONResponse:
    if core_error := _BY_HTTP_STATUS.get(error.status_code):
        response = error_response(compressed_body(request) or core_error(str(error.detail)))
    else:
        title = HTTPStatus(error.status_code).phrase
        code = title.lower().replace(" ", "-")
        detail = _detail(request, error)
        response = _problem(error.status_code, code=code, title=title, detail=detail)
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(allowed_methods(request))
    return response


def compressed_body(request: Request) -> UnsupportedMediaType | None:
    """Return an error if the body is compressed according to its Content-Encoding header."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() == "identity":
        return None
    return UnsupportedMediaType(
        f"Content-Encoding {encoding[:40]!r} is not supported; send the body uncompressed"
    )


def _detail(request: Request, error: HTTPException) -> str:
    if error.status_code == 404 and error.detail == "Not Found":
        return f"{request.url.path[:200]} does not exist; see /docs"
    if error.status_code == 405:
        hint = "; curl -T sends PUT: add -X POST" if request.method == "PUT" else ""
        methods = ", ".join(allowed_methods(request))
        return f"{request.method} is not supported by this path; it supports {methods}{hint}"
    return str(error.detail)


def _on_unexpected(request: Request, error: Exception) -> JSONResponse:
    route = request.scope.get("route")
    log.error(
        "unexpected error in %s %s", request.method, getattr(route, "path", "?"), exc_info=error
    )
    return error_response(CoreError("internal error; see the server's log for this request_id"))
