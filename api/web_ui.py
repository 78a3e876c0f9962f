"""Serves the web UI: static files with a policy that lets pages call only this server."""

import hashlib
import os
import re
from os import PathLike, stat_result
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOLDER = Path(__file__).parent / "ui"
_HEADERS = {
    "Cache-Control": "no-cache",  # for all but the files below the folder of their version
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
}
_KEPT = "public, max-age=31536000, immutable"
_VERSION = re.compile("v-[0-9a-f]{16}")
_COMPRESSION_LEVEL = 6


class _Version(NamedTuple):
    """The files as they were at the start."""

    name: str
    """Changes with any of the files."""
    stamps: dict[str, tuple[int, int]]
    """When each file was changed, in ns, and its size in bytes, by its path."""


class _UiFiles(StaticFiles):
    """The files, also below a folder named after their version, from which browsers keep them.

    While servers are updated one by one, a page may ask for the files of another version: it gets
    those of this one, and its browser does not keep them. Nor does it keep a file that has changed
    since the start, whose version is another one by now.
    """

    def __init__(self, version: _Version) -> None:
        super().__init__(directory=_FOLDER)
        self._version = version

    async def get_response(self, path: str, scope: Scope) -> Response:
        folder, _, rest = path.partition("/")
        return await super().get_response(rest if _VERSION.fullmatch(folder) else path, scope)

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_HEADERS)
        is_versioned = self.get_path(scope).startswith(f"{self._version.name}/")
        if is_versioned and _stamp(stat_result) == self._version.stamps.get(os.fspath(full_path)):
            response.headers["Cache-Control"] = _KEPT
        return response


def install(app: FastAPI) -> None:
    """Serve the page at `/`, and its scripts and styles below `/ui`, as they are now."""
    version = _version()
    html = (_FOLDER / "index.html").read_text(encoding="utf-8")
    html = html.replace('"ui/', f'"ui/{version.name}/')

    async def page(_: Request) -> Response:
        return HTMLResponse(html, headers=_HEADERS)

    app.add_route("/", page, methods=["GET"], include_in_schema=False)
    app.mount("/ui", GZipMiddleware(_UiFiles(version), compresslevel=_COMPRESSION_LEVEL))


def _version() -> _Version:
    digest, stamps = hashlib.sha256(), {}
    for path in sorted(path for path in _FOLDER.rglob("*") if path.is_file()):
        # before reading, so that the stamp of a file that changes meanwhile is outdated
        stamps[os.path.realpath(path)] = _stamp(path.stat())
        data = path.read_bytes()
        digest.update(f"{path.relative_to(_FOLDER)} {len(data)}\n".encode() + data)
    return _Version(f"v-{digest.hexdigest()[:16]}", stamps)


def _stamp(status: stat_result) -> tuple[int, int]:
    return status.st_mtime_ns, status.st_size
