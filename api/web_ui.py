"""Serves the web UI: static files with a policy that lets pages call only this server."""

from os import PathLike, stat_result
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOLDER = Path(__file__).parent / "ui"
_HEADERS = {
    "Cache-Control": "no-cache",  # revalidated each time; 304 if unchanged
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
}


class _UiFiles(StaticFiles):
    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_HEADERS)
        return response


def install(app: FastAPI) -> None:
    """Serve the page at `/`, and its scripts and styles below `/ui`."""
    files = _UiFiles(directory=_FOLDER)

    async def page(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    app.add_route("/", page, methods=["GET"], include_in_schema=False)
    app.mount("/ui", files)
