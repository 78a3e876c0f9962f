"""Completes `/openapi.json` with roles, common errors and jobs, which FastAPI cannot derive."""

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.errors import MEDIA_TYPE, problem_responses
from api.middleware.auth import MISSING_KEY
from api.middleware.authorization import required_role
from api.schemas.base import ProblemOut
from api.schemas.parameters import JOB_ID
from api.services.user_access import HEADER as USER_TOKEN_HEADER
from core.errors import (
    CoreError,
    Forbidden,
    InvalidInput,
    MissingApiKey,
    NotFound,
    RequestTimeout,
    TooLarge,
    TooManyRequests,
    Unavailable,
    UnsupportedMediaType,
)
from core.storage import Role

ABOUT = """\
Find items that look alike, and recommend items to the users of a shop.

- **Errors** are `application/problem+json` (RFC 9457): `detail` says what is wrong and what to do,
  `code` is for programs. Any request may fail with status 500; the server's log says why.
- **Unknown names** are errors: query parameters, form fields and JSON fields that an operation does
  not have, or that are given twice, are never ignored.
- **Long work** is done by jobs: the response is 202 with the job and its `Location`, to poll or to
  watch. With `Prefer: wait=N` the server waits up to N seconds, and returns 200 with the job if it
  has finished by then.
- **Lists** are paged: pass `next_cursor` of a page as `cursor` to get the next one.
- **API keys**: if the server has any, send one as `Authorization: Bearer KEY`. The URLs of images
  in answers are then signed: browsers need no key for them.
"""
TAGS = [
    {"name": "collections", "description": "Named sets of items, embedded by the same encoder."},
    {"name": "items", "description": "What a shop sells, with images and attributes."},
    {"name": "search", "description": "Search by visual similarity."},
    {"name": "sales", "description": "Order lines, uploaded as CSV files."},
    {"name": "rules", "description": "Merchandising rules: pin, boost, bury, exclude items."},
    {"name": "recommender", "description": "Recommendations, and the training behind them."},
    {"name": "uploads", "description": "Large files in several requests, by the protocol tus."},
    {"name": "jobs", "description": "Long-running work: watch it, cancel it or retry it."},
    {"name": "keys", "description": "API keys, for administrators of the whole server."},
    {"name": "encoders", "description": "The encoders that a collection can use."},
    {"name": "about", "description": "The server itself."},
    {"name": "health", "description": "Checks for monitoring and orchestration."},
]
_SECURITY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "Required once the server has API keys (`lookalike keys create`).",
}
_PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "examples": ["wait=60"]},
    "description": "`wait=N`: wait up to N seconds, at most 300, for the job to finish.",
}
_USER_TOKEN = {
    "name": USER_TOKEN_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "examples": ["1800000000.5e884898da28047151d0e56f8dc62927..."]},
    "description": "For storefront keys: `EXPIRES.SIGNATURE`, with which the shop's server lets a "
    "browser read this user's recommendations.",
}
_OF_A_USER = {"recommender_recommendations", "recommender_basket_recommendations"}
_JOB = {"$ref": "#/components/schemas/JobOut"}
_LOCATION = {"schema": {"type": "string"}, "example": f"/v1/jobs/{JOB_ID}"}
_FINISHED_JOB = {
    "description": "The finished job, if `Prefer: wait=N` was sent and the job finished in time.",
    "content": {"application/json": {"schema": _JOB}},
}

_NO_REDIS = "Redis is unavailable (LOOKALIKE_REDIS_URL: it refuses the connection); retry later"


def install(app: FastAPI) -> None:
    """Complete the app's OpenAPI description when it is first requested."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(generate())
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]


def operation_id(route: APIRoute) -> str:
    """Return the name of an operation, for programs that generate clients."""
    return "_".join([*map(str, route.tags), route.name])


def _complete(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's; ours is ProblemOut
        del schemas[name]
    schemas["ProblemOut"] = ProblemOut.model_json_schema()
    openapi["components"]["securitySchemes"] = {"key": _SECURITY_SCHEME}
    openapi["security"] = [{"key": []}, {}]
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            _complete_operation(method.upper(), path, operation, schemas)


def _complete_operation(
    method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]
) -> None:
    operation["summary"] = re.split(r"[;:.](?=\s|$)", operation["description"])[0]
    role, responses = required_role(method, path), operation["responses"]
    if role:
        operation["description"] += f"\n\nRequired role: `{role}`."
    else:
        operation["security"] = []
    if MEDIA_TYPE not in responses.get("422", {}).get("content", {}):
        responses.pop("422", None)  # FastAPI's, for each operation with parameters
    _describe_success(responses, schemas)
    _add_job(operation)
    if operation["operationId"] in _OF_A_USER:
        operation.setdefault("parameters", []).append(dict(_USER_TOKEN))
    _show_examples(operation, schemas)
    common = problem_responses(*_common_errors(path, operation, role))
    for status, response in common.items():
        _merge(responses.setdefault(str(status), response), response)
    operation["responses"] = dict(sorted(responses.items()))


def _describe_success(responses: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Describe each response with its model's docstring, unless the route has a description."""
    for response in responses.values():
        if response["description"] == "Successful Response":
            reference = response["content"]["application/json"]["schema"]["$ref"]
            response["description"] = schemas[reference.rpartition("/")[2]]["description"]


def _add_job(operation: dict[str, Any]) -> None:
    """Document `Prefer`, `Location` and the finished job for operations that create a job."""
    responses = operation["responses"]
    if "202" not in responses:
        return
    operation.setdefault("parameters", []).append(dict(_PREFER))
    responses["202"] |= {"description": "The job.", "headers": {"Location": _LOCATION}}
    if "200" in responses:
        content = responses["200"]["content"]["application/json"]
        content["schema"] = {"anyOf": [content["schema"], _JOB]}
    else:
        responses["200"] = dict(_FINISHED_JOB)


def _show_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Show examples of parameters at `/docs`, and fill in the required parameters.

    Swagger UI fills in each `example` but does not show the `examples` of parameters.
    """
    for parameter in operation.get("parameters", []):
        _show_example(parameter, parameter["schema"], required=parameter["required"])
    form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
    if form:
        schema = schemas.get(form["schema"].get("$ref", "").rpartition("/")[2], form["schema"])
        for name, field in schema["properties"].items():
            _show_example(field, field, required=name in schema.get("required", ()))


def _show_example(target: dict[str, Any], schema: dict[str, Any], *, required: bool) -> None:
    for example in schema.get("examples", []):
        if required:
            target["example"] = example
        else:
            target["description"] += f" Example: `{example}`."


def _common_errors(path: str, operation: dict[str, Any], role: Role | None) -> Iterator[CoreError]:
    """Yield the errors that follow from authentication, rate limits, path and body."""
    if role:
        yield from _access_errors(path, role)
    if "{c}" in path:
        yield NotFound("collection 'shop' does not exist")
    if "{job}" in path:
        yield NotFound(f"there is no job '{JOB_ID}'; finished jobs are deleted after a while")
    if "requestBody" in operation:
        yield UnsupportedMediaType("send application/json; received Content-Type 'text/csv'")
        yield TooLarge("the request body exceeds 51 MiB")
        yield RequestTimeout("no data was received for 30 seconds; send the request again")
    if any(item["in"] == "query" for item in operation.get("parameters", [])):
        yield InvalidInput("query.limit: Input should be less than or equal to 200")
    else:
        yield InvalidInput("unknown query parameter 'limit'; this path has none")


def _access_errors(path: str, role: Role) -> Iterator[CoreError]:
    yield MissingApiKey(MISSING_KEY)
    yield TooManyRequests("more than 30,000 requests per minute; retry in 1 s", wait_s=1)
    yield Unavailable(_NO_REDIS)
    if role not in {Role.SEARCH, Role.READ}:
        yield Forbidden(f"this key has the role `read`; the request requires `{role}`")
    elif "{c}" in path or path == "/v1/jobs":
        yield Forbidden("this key does not cover collection 'shop'")
    else:
        yield Forbidden("without API keys, requests must be sent to 127.0.0.1 or localhost")


def _merge(response: dict[str, Any], common: dict[str, Any]) -> None:
    """Add the examples and headers of a common problem, unless the route has its own."""
    for name, value in common["headers"].items():
        response.setdefault("headers", {}).setdefault(name, value)
    examples = response["content"][MEDIA_TYPE]["examples"]
    for code, example in common["content"][MEDIA_TYPE]["examples"].items():
        examples.setdefault(code, example)
