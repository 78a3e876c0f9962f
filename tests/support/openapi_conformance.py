"""The OpenAPI description, and a check that responses have a status it documents."""

import re
from functools import cache

from api.app import create_app
from core.settings import Settings

PATH_NAMES = {
    "sku": "A-1",
    "upload": "0" * 32,
    "user": "ann",
    "job": "0" * 32,
    "key": "0" * 8,
    "dismissal": "0" * 16,
}
"""A valid name for each parameter of a path but the collection."""


@cache
def description():
    return create_app(Settings()).openapi()


def operations():
    """Yield (method, path, operation) for each documented operation."""
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


@cache
def _patterns():
    return [
        (method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operation["responses"])
        for method, path, operation in operations()
    ]


def assert_documented(response):
    """Check that the operation documents the status of a response; unknown paths are ignored."""
    path = response.request.url.raw_path.decode().partition("?")[0]
    for method, pattern, responses in _patterns():
        if method == response.request.method and pattern.fullmatch(path):
            assert str(response.status_code) in responses, f"{method} {path}: {response}"
            return
