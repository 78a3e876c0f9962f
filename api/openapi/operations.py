"""One operation, completed: words, examples, and what follows from how it is asked."""

import re
from typing import Any

from api.errors import documented
from api.middleware.auth import needed
from api.openapi.problems import refusals
from api.openapi.request_bodies import tell_body, tell_parameter
from api.openapi.responses import add_job, tell_answer


def describe(method: str, path: str, operation: dict[str, Any], shapes: dict[str, Any]) -> None:
    """Add to an operation what its route does not say. `shapes` are the schemas by name."""
    _tell_words(method, path, operation)
    answers = operation["responses"]
    answers.pop("422", None)  # FastAPI's, wherever there is a parameter
    add_job(operation)
    for parameter in operation.get("parameters", []):
        tell_parameter(parameter)
    tell_body(operation, shapes)
    for answer in answers.values():
        tell_answer(answer, shapes)
    for status, told in documented(*refusals(method, path, operation)).items():
        _add(answers, str(status), told)
    operation["responses"] = dict(sorted(answers.items()))


def _tell_words(method: str, path: str, operation: dict[str, Any]) -> None:
    operation["summary"] = re.split(r"[;:.]", operation["description"])[0]
    if need := needed(method, path):
        operation["description"] += f"\n\nRole of the key: `{need}`."
    else:
        operation["security"] = []


def _add(answers: dict[str, Any], status: str, told: dict[str, Any]) -> None:
    """Add problems to those of the same status that the route has told of."""
    there = answers.setdefault(status, told)
    for kind, content in told["content"].items():
        for code, example in content["examples"].items():
            there["content"].setdefault(kind, content)["examples"].setdefault(code, example)
