"""What `/openapi.json` says beyond the routes' signatures, told once for all operations."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.openapi.descriptions import ABOUT, KEY, TAGS
from api.openapi.operations import describe
from api.schemas.examples import EXAMPLES

__all__ = ["ABOUT", "install", "name_of"]

_METHODS = {"get", "put", "post", "patch", "delete"}
_REPLACED = {"HTTPValidationError", "ValidationError"}  # FastAPI's own; ours are problems


def install(app: FastAPI) -> None:
    """Complete the description of the app when it is first asked for."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain())
        return plain()

    app.openapi = openapi  # type: ignore[method-assign]


def name_of(route: APIRoute) -> str:
    """An operation's name, for programs that make clients from the description."""
    return "_".join([*map(str, route.tags), route.name])


def _complete(schema: dict[str, Any]) -> None:
    schema["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
    parts = schema.setdefault("components", {})
    shapes = parts.setdefault("schemas", {})
    for name in _REPLACED & shapes.keys():
        del shapes[name]
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "description": KEY}}
    for shape, example in EXAMPLES.items():
        shapes.setdefault(shape.__name__, shape.model_json_schema())["examples"] = [example]
    schema["security"] = [{"key": []}, {}]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if method in _METHODS:
                describe(method.upper(), path, operation, shapes)
