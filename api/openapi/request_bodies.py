"""What is sent: parameters, forms and documents, each with words and an example."""

from typing import Any

from api.openapi.descriptions import NAMES
from api.schemas.examples import example_of, name_in


def tell_parameter(parameter: dict[str, Any]) -> None:
    """Say what it is."""
    parameter.update(_told(parameter["name"].lower(), required=parameter["required"]))


def tell_body(operation: dict[str, Any], shapes: dict[str, Any]) -> None:
    """Say what each field of a form is; give an example of a document."""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content.get("schema", {})
        if kind == "multipart/form-data":
            _tell_form(shapes.get(name_in(schema), schema))
        elif example := example_of(schema):
            content["example"] = example


def _tell_form(schema: dict[str, Any]) -> None:
    for name, field in schema["properties"].items():
        field.update(_told(name, required=name in schema.get("required", [])))


def _told(name: str, *, required: bool) -> dict[str, Any]:
    """The example of what may be left out is in words: else `/docs` would fill it in."""
    words, example = NAMES[name]
    if required:
        return {"description": words, "example": example}
    return {"description": words if example is None else f"{words} Like `{example}`."}
