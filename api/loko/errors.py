"""Errors as a flow can show them: a JSON string on one line, without double quotes.

A flow treats every response that is not `application/json` as a success, whatever its status.
"""

import errno

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.errors import status_of
from core.errors import CoreError, MissingApiKey, StorageFull

MISSING_KEY_HINT = (
    "the server requires an API key and flows do not send one: set LOOKALIKE_LOKO__KEY where "
    "the blocks are served"
)


class RequestFailed(Exception):
    """Raised when the server rejects a request or a job fails; `detail` is for the user."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(detail)
        self.detail, self.status = detail, status


def error_response(detail: str, status: int) -> JSONResponse:
    """Return a response that a flow recognises as an error."""
    return JSONResponse(" ".join(detail.replace('"', "'").split()), status)


def core_error_response(error: CoreError) -> JSONResponse:
    """Return the response to a domain error."""
    detail = MISSING_KEY_HINT if isinstance(error, MissingApiKey) else error.detail
    return error_response(detail, status_of(type(error)))


def install(app: FastAPI) -> None:
    """Register handlers for all errors of the app."""
    app.add_exception_handler(RequestFailed, _handle_failed)  # type: ignore[arg-type]
    app.add_exception_handler(CoreError, _handle_core_error)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _handle_http)  # type: ignore[arg-type]
    app.add_exception_handler(OSError, _handle_os_error)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _handle_unexpected)


def _handle_failed(_: Request, error: RequestFailed) -> JSONResponse:
    return error_response(error.detail, error.status)


def _handle_core_error(_: Request, error: CoreError) -> JSONResponse:
    return core_error_response(error)


def _handle_http(request: Request, error: HTTPException) -> JSONResponse:
    if error.status_code == 404:
        return error_response(f"there is no block at {request.url.path[:200]}", 404)
    response = error_response(str(error.detail), error.status_code)
    response.headers.update(error.headers or {})
    return response


def _handle_os_error(_: Request, error: OSError) -> JSONResponse:
    """A file from a flow is buffered in a temporary folder, whose disk may be full."""
    if error.errno != errno.ENOSPC:
        raise error
    return core_error_response(StorageFull("no disk space for the file where the blocks run"))


def _handle_unexpected(_: Request, __: Exception) -> JSONResponse:
    return error_response("internal error; see the log of the process that runs the blocks", 500)
