"""All errors leave as application/problem+json (RFC 9457). The only table of statuses is here."""

import logging
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from core.errors import (
    Conflict,
    CoreError,
    InvalidInput,
    NoKey,
    NotAllowed,
    NotFound,
    NotInstalled,
    Stalled,
    StorageFull,
    TooLarge,
    TooMany,
    Unavailable,
    UnsupportedMedia,
)
from core.observability.logs import request_id

log = logging.getLogger(__name__)

STATUS: dict[type[CoreError], int] = {
    TooLarge: 413,
    UnsupportedMedia: 415,
    InvalidInput: 422,
    Stalled: 408,
    NoKey: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    TooMany: 429,
    NotInstalled: 503,
    StorageFull: 507,
    Unavailable: 503,
    CoreError: 500,
}
RETRY_AFTER_S = 5
MEDIA_TYPE = "application/problem+json"

# what several routes may answer
FULL = StorageFull("the store's disk is full; free some space and try again")
MISSING = NotInstalled(
    "resnet50 has no weights here; `lookalike weights fetch resnet50` brings them"
)

_OF_HTTP: dict[int, type[CoreError]] = {400: InvalidInput, 408: Stalled, 413: TooLarge}


def status_of(error: type[CoreError]) -> int:
    """The status of an error's nearest family."""
    return next(STATUS[family] for family in error.__mro__ if family in STATUS)


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem."""
    app.add_exception_handler(CoreError, _handled)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _invalid)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _http)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _bug)


def documented(*errors: CoreError) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer these, each problem as an example."""
    told: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        answer = refusal(error)
        one = told.setdefault(answer.status_code, _empty())
        one["description"] += f"{'; or: ' if one['description'] else ''}{error.title}"
        examples = one["content"][MEDIA_TYPE]["examples"]
        examples[error.code] = {"value": orjson.loads(answer.body)}
        one["headers"] |= {
            name: {"schema": {"type": "string"}, "example": value}
            for name, value in answer.headers.items()
            if not name.startswith("content-")
        }
    return told


def _empty() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    content = {MEDIA_TYPE: {"schema": schema, "examples": {}}}
    return {"description": "", "content": content, "headers": {}}


def problem(status: int, *, code: str, title: str, detail: str, **extra: object) -> JSONResponse:
    """One problem; `code` is for programs, `detail` for people."""
    body: dict[str, Any] = {
        "type": f"urn:lookalike:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if asked := request_id.get():
        body["request_id"] = asked
    return JSONResponse(body | extra, status, media_type=MEDIA_TYPE)


def _handled(_: Request, error: CoreError) -> JSONResponse:
    return refusal(error)


def refusal(error: CoreError) -> JSONResponse:
    """The answer to an error that was raised on purpose."""
    answer = problem(
        status_of(type(error)),
        code=error.code,
        title=error.title,
        detail=error.detail,
        **error.extra,
    )
    if isinstance(error, NoKey):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="lookalike"'
    if isinstance(error, Unavailable):
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.wait_s)
    return answer


def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    found = [
        {"where": ".".join(str(part) for part in one["loc"]), "what": one["msg"]}
        for one in error.errors()
    ]
    detail = "; ".join(f"{one['where']}: {one['what']}" for one in found)
    return problem(
        422, code=InvalidInput.code, title=InvalidInput.title, detail=detail, errors=found
    )


def _http(request: Request, error: HTTPException) -> JSONResponse:
    family = _OF_HTTP.get(error.status_code)
    answer = refusal(family(str(error.detail))) if family else _by_phrase(request, error)
    answer.headers.update(error.headers or {})
    return answer


def _by_phrase(request: Request, error: HTTPException) -> JSONResponse:
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "-")
    return problem(error.status_code, code=code, title=phrase, detail=_told(request, error))


def _told(request: Request, error: HTTPException) -> str:
    if error.status_code == 404 and error.detail == "Not Found":
        return f"there is nothing at {request.url.path[:200]}; see /docs"
    if error.status_code == 405:
        hint = "; curl -T sends PUT: add -X POST" if request.method == "PUT" else ""
        return f"{request.method} is not answered here; see /docs{hint}"
    return str(error.detail)


def _bug(request: Request, error: Exception) -> JSONResponse:
    route = request.scope.get("route")
    log.error("%s %s: a bug", request.method, getattr(route, "path", "?"), exc_info=error)
    return problem(
        500,
        code=CoreError.code,
        title=CoreError.title,
        detail="internal error; the log has it under this request_id",
    )
