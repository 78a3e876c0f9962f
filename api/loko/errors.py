"""Errors as a flow shows them: a JSON string, on one line and without double quotes.

Anything but `application/json` a flow takes for a success, whatever the status.
"""

import errno

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.errors import status_of
from core.errors import CoreError, NoKey, StorageFull

NO_KEY = (
    "the server asks for a key, and a flow sends none: set LOOKALIKE_LOKO__KEY where the blocks "
    "are served"
)


class Refused(Exception):
    """Raised when the server, or a job of it, says no; `detail` is a sentence for the user."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(detail)
        self.detail, self.status = detail, status


def sentence(detail: str, status: int) -> JSONResponse:
    """An answer that a flow takes for an error."""
    return JSONResponse(" ".join(detail.replace('"', "'").split()), status)


def refusal(error: CoreError) -> JSONResponse:
    """The answer to an error that was raised on purpose."""
    detail = NO_KEY if isinstance(error, NoKey) else error.detail
    return sentence(detail, status_of(type(error)))


def install(app: FastAPI) -> None:
    """Answer every error of the app with a sentence."""
    app.add_exception_handler(Refused, _refused)  # type: ignore[arg-type]
    app.add_exception_handler(CoreError, _handled)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _http)  # type: ignore[arg-type]
    app.add_exception_handler(OSError, _disk)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _bug)


def _refused(_: Request, error: Refused) -> JSONResponse:
    return sentence(error.detail, error.status)


def _handled(_: Request, error: CoreError) -> JSONResponse:
    return refusal(error)


def _http(request: Request, error: HTTPException) -> JSONResponse:
    if error.status_code == 404:
        return sentence(f"there is no block at {request.url.path[:200]}", 404)
    answer = sentence(str(error.detail), error.status_code)
    answer.headers.update(error.headers or {})
    return answer


def _disk(_: Request, error: OSError) -> JSONResponse:
    """A file of a flow lies in a temporary folder while it is passed on."""
    if error.errno != errno.ENOSPC:
        raise error
    return refusal(StorageFull("there is no room for the file where the blocks are served"))


def _bug(_: Request, __: Exception) -> JSONResponse:
    return sentence("internal error; the log of the blocks' server has it", 500)
