"""Writes docs/http.md from the description that the API gives of itself: `make docs`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from api.app import create_app

PAGE = Path(__file__).parents[1] / "docs" / "http.md"
_PROBLEM = "application/problem+json"
_REF = "#/components/schemas/"


def text() -> str:
    """The page."""
    return "\n".join(_lines(create_app().openapi())) + "\n"


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield "# HTTP reference\n"
    yield "Written by `make docs` from `/openapi.json`. At `/docs` a server lets you try it.\n"
    yield told["info"]["description"]
    yield from _problems(told)
    for tag in told["tags"]:
        yield f"## {tag['name'].capitalize()}\n\n{tag['description']}\n"
        yield from _operations(told, tag["name"])
    yield "## Shapes\n"
    for name, shape in told["components"]["schemas"].items():
        if "examples" in shape:
            yield from _shape(name, shape)


def _all(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _problems(told: dict[str, Any]) -> Iterator[str]:
    found = {
        (status, problem["value"]["code"], problem["value"]["title"])
        for _, _, operation in _all(told)
        for status, answer in operation["responses"].items()
        for problem in answer.get("content", {}).get(_PROBLEM, {}).get("examples", {}).values()
    }
    yield "| status | code | |\n|---|---|---|"
    yield from (f"| {status} | `{code}` | {title} |" for status, code, title in sorted(found))
    yield ""


def _operations(told: dict[str, Any], tag: str) -> Iterator[str]:
    for method, path, operation in _all(told):
        if tag in operation["tags"]:
            yield f"### `{method} {path}`\n\n{operation['description']}\n"
            yield from _sent(operation, told["components"]["schemas"])
            yield f"```sh\n{_curl(method, path, operation, told['components']['schemas'])}\n```\n"
            yield from _answers(operation["responses"])


def _sent(operation: dict[str, Any], shapes: dict[str, Any]) -> Iterator[str]:
    parameters = sorted(operation.get("parameters", []), key=lambda one: one["name"] != "c")
    rows = [(one["name"], one["in"], one["description"]) for one in parameters]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        if kind == "multipart/form-data":
            fields = _fields(content["schema"], shapes)
            rows += [(name, "form", field["description"]) for name, field in fields.items()]
    if rows:
        yield "| | in | |\n|---|---|---|"
        yield from (f"| `{name}` | {place} | {words} |" for name, place, words in rows)
        yield ""


def _fields(schema: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = shapes.get(_name(schema), schema)["properties"]
    return fields


def _curl(method: str, path: str, operation: dict[str, Any], shapes: dict[str, Any]) -> str:
    for one in operation.get("parameters", []):
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(str(one["example"])))
    words = ["curl"] + ([] if method == "GET" else ["-X", method]) + [f"localhost:8000{path}"]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        if kind == "application/json":
            sent = json.dumps(content["example"])
            words += ["-H", "'content-type: application/json'", "-d", f"'{sent}'"]
        elif kind == "multipart/form-data":
            fields = _fields(content["schema"], shapes).items()
            words += [f"-F {name}=@{one['example']}" for name, one in fields if "example" in one]
    return " ".join(words)


def _answers(answers: dict[str, Any]) -> Iterator[str]:
    for status, answer in answers.items():
        kinds = answer.get("content", {})
        if _PROBLEM not in kinds:
            links = [_link(one.get("schema", {})) or f"`{kind}`" for kind, one in kinds.items()]
            yield f"* **{status}** {answer['description']} {', '.join(links)}".rstrip()
    told = [status for status, one in answers.items() if _PROBLEM in one.get("content", {})]
    if told:
        yield f"* Problems: {', '.join(told)}"
    for status in told:
        for problem in answers[status]["content"][_PROBLEM]["examples"].values():
            if status in {"409", "415"}:
                yield f"  * {status}: {problem['value']['detail']}"
    yield ""


def _shape(name: str, shape: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n\n{shape['description']}\n"
    for field, one in shape["properties"].items():
        if "description" in one:
            yield f"* `{field}`: {one['description']}"
    yield f"\n```json\n{json.dumps(shape['examples'][0], indent=2)}\n```\n"


def _link(schema: dict[str, Any]) -> str:
    names = [_name(one) for one in (schema, *schema.get("anyOf", []))]
    return " or ".join(f"[{name}](#{name.lower()})" for name in names if name)


def _name(schema: dict[str, Any]) -> str:
    found: str = schema.get("$ref", "").removeprefix(_REF)
    return found


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
