"""Finds the HTTP methods that a path supports, across all routes of the app."""

import re
from functools import lru_cache

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path


def allowed_methods(request: Request) -> list[str]:
    """Return the sorted methods of all routes that match the path of a request.

    A single route knows only its own method, and HEAD is allowed wherever GET is.
    """
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    matching = (names for pattern, names in _patterns(request.app) if pattern.match(path))
    methods = set().union(*matching) or {"GET"}  # static files
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


@lru_cache(maxsize=8)
def _patterns(app: FastAPI) -> list[tuple[re.Pattern[str], set[str]]]:
    contexts = iter_route_contexts(app.routes)
    return [
        (compile_path(context.path)[0], context.methods)
        for context in contexts
        if context.path and context.methods
    ]
