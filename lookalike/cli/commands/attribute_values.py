"""Reads NAME=VALUE arguments; the types of the collection's attributes decide what values mean."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from lookalike.cli.options import Server


def read_changes(server: Server, collection: str, texts: Sequence[str]) -> dict[str, Any]:
    """Return the values of NAME=VALUE arguments by name; an empty value is None.

    If the server knows an attribute, the value stays text, which the server converts to the
    attribute's type. The value of a new attribute is read as JSON if it is valid JSON (39.9 is
    then a number), and as text otherwise.
    """
    pairs = dict(map(_split, texts))
    types = server.attribute_types(collection) if any(pairs.values()) else {}
    return {name: _read(name, text, types) for name, text in pairs.items()}


def _split(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise typer.BadParameter(f"{text!r} does not have the form NAME=VALUE")
    return name, value


def _read(name: str, text: str, types: Mapping[str, str]) -> Any:
    if not text:
        return None
    if name in types:
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
