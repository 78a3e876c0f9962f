"""Serves Swagger UI at `/docs`; everything it loads comes from this server."""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

# `data:` is allowed because the style sheet contains its images
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_PACKAGE = files(__name__)
_PAGE = _PACKAGE.joinpath("page.html").read_bytes()
_START_SCRIPT = _PACKAGE.joinpath("start.js").read_bytes()


def install(app: FastAPI) -> None:
    """Serve the page; relative URLs make it work below any prefix."""
    app.add_api_route("/docs", _page, include_in_schema=False)
    app.add_api_route("/docs/start.js", _start_script, include_in_schema=False)
    app.mount("/docs", StaticFiles(packages=[("fastapi_offline", "static")]))


async def _page() -> HTMLResponse:
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": POLICY})


async def _start_script() -> Response:
    return Response(_START_SCRIPT, media_type="text/javascript")
