"""What `/openapi.json` says of an answer; flows hold every problem they meet to it."""

import re
from functools import cache

from api.app import create_app
from core.settings import Settings


@cache
def description():
    return create_app(Settings()).openapi()


def operations():
    """Method, path and operation of all that is described."""
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


@cache
def _patterns():
    return [
        (method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operation["responses"])
        for method, path, operation in operations()
    ]


def check_described(answer):
    """Whether the description has this status for what was asked; 404 where nothing is, apart."""
    path = answer.request.url.raw_path.decode().partition("?")[0]
    asked = answer.request.method
    for method, pattern, told in _patterns():
        if method == asked and pattern.fullmatch(path):
            assert str(answer.status_code) in told, f"{method} {path}: {answer.status_code}"
            return
