"""The description of the API as a page, at `/docs`: Swagger UI, and nothing from elsewhere."""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

# pictures are in the style sheet itself, as data
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_OURS = files(__name__)
_PAGE = _OURS.joinpath("page.html").read_bytes()
_START = _OURS.joinpath("start.js").read_bytes()


def install(app: FastAPI) -> None:
    """Serve the page. Its URLs are relative, so it works below any prefix."""
    app.add_api_route("/docs", _page, include_in_schema=False)
    app.add_api_route("/docs/start.js", _start, include_in_schema=False)
    app.mount("/docs", StaticFiles(packages=[("fastapi_offline", "static")]))


async def _page() -> HTMLResponse:
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": POLICY})


async def _start() -> Response:
    return Response(_START, media_type="text/javascript")
