"""What comes back: examples of answers, and those that every request for a job has."""

import json
from typing import Any

from api.schemas.examples import ENDED_JOB, EXAMPLES, example_of, name_in
from api.schemas.models import JobOut

_PREFER = {"name": "Prefer", "in": "header", "required": False, "schema": {"type": "string"}}
_JOB = {"$ref": f"#/components/schemas/{JobOut.__name__}"}
_LOCATION = {"schema": {"type": "string"}, "example": f"/v1/jobs/{ENDED_JOB['id']}"}
_ENDED = {
    "description": "The job, which has ended; with `Prefer: wait=N`.",
    "content": {"application/json": {"schema": _JOB, "example": ENDED_JOB}},
}
_EVENT = f"event: job\ndata: {json.dumps(EXAMPLES[JobOut])}\n\n"
_UNTOLD = {"Successful Response", "Service Unavailable"}  # FastAPI's words


def add_job(operation: dict[str, Any]) -> None:
    """Document `Prefer`, `Location` and the finished job for operations that create a job."""
    answers = operation["responses"]
    if "202" not in answers or _schema(answers["202"]) != _JOB:
        return
    operation.setdefault("parameters", []).append(dict(_PREFER))
    answers["202"] |= {"description": "The job.", "headers": {"Location": _LOCATION}}
    if "200" in answers:
        either = {"anyOf": [_schema(answers["200"]), _JOB]}
        answers["200"]["content"]["application/json"]["schema"] = either
    else:
        answers["200"] = dict(_ENDED)


def tell_answer(answer: dict[str, Any], shapes: dict[str, Any]) -> None:
    """Give an example, and the words of what it is of."""
    content, name = answer.get("content", {}), name_in(_schema(answer))
    if example := example_of(_schema(answer)):
        content["application/json"].setdefault("example", example)
    if "text/event-stream" in content:
        content["text/event-stream"]["example"] = _EVENT
    if answer["description"] in _UNTOLD:
        answer["description"] = shapes[name]["description"] if name else "As asked for."


def _schema(answer: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return schema
