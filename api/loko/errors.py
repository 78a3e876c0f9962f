"""Error responses that a flow can show: a JSON string on one line, without double quotes.

A flow treats every response that is not `application/json` as a success, regardless of its status.
"""

import errno

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.errors import status_of
from core.errors import CoreError, MissingApiKey, StorageFull

MISSING_KEY_HINT = (
    "the server requires an API key, which flows do not send; set LOOKALIKE_LOKO__KEY for the "
    "process that serves the blocks"
)


class RequestFailed(Exception):
    """Raised when the server rejects a request or a job fails; `detail` is shown to the user."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(detail)
        self.detail, self.status = detail, status


def core_error_response(error: CoreError) -> JSONResponse:
    """Return the response for a domain error."""
    detail = MISSING_KEY_HINT if isinstance(error, MissingApiKey) else error.detail
    return _error_response(detail, status_of(type(error)))


def install(app: FastAPI) -> None:
    """Register handlers for all errors of the app."""
    app.add_exception_handler(RequestFailed, _handle_failed)  # type: ignore[arg-type]
    app.add_exception_handler(CoreError, lambda _, error: core_error_response(error))
    app.add_exception_handler(HTTPException, _handle_http)  # type: ignore[arg-type]
    app.add_exception_handler(OSError, _handle_os_error)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _handle_unexpected)


def _error_response(detail: str, status: int) -> JSONResponse:
    return JSONResponse(" ".join(detail.replace('"', "'").split()), status)


def _handle_failed(_: Request, error: RequestFailed) -> JSONResponse:
    return _error_response(error.detail, error.status)


def _handle_http(request: Request, error: HTTPException) -> JSONResponse:
    if error.status_code == 404:
        return _error_response(f"there is no block at {request.url.path[:200]}", 404)
    response = _error_response(str(error.detail), error.status_code)
    response.headers.update(error.headers or {})
    return response


def _handle_os_error(_: Request, error: OSError) -> JSONResponse:
    """Report a full disk, since files from flows are buffered on disk and may fill it."""
    if error.errno != errno.ENOSPC:
        raise error
    return core_error_response(
        StorageFull("the disk of the machine that runs the blocks is full; free some space")
    )


def _handle_unexpected(_: Request, __: Exception) -> JSONResponse:
    return _error_response("internal error; see the log of the process that runs the blocks", 500)
