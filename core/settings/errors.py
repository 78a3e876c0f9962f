"""Error messages about invalid environment variables."""

import re

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from core.observability.logs import HIDDEN, Redaction
from core.records import describe_fault


def describe_errors(error: ValidationError | SettingsError) -> list[str]:
    """Return one line for each invalid environment variable, with secrets hidden."""
    if isinstance(error, SettingsError):
        return str(error).splitlines()
    redact = Redaction()
    return [redact(_describe(details)) for details in error.errors()]


def _describe(details: ErrorDetails) -> str:
    name = "__".join(map(str, details["loc"])).upper()
    if details["type"] == "extra_forbidden":  # within the JSON of a group
        return f"LOOKALIKE_{name}: there is no such setting"  # the value may be a secret
    return f"LOOKALIKE_{name}={_show(name, str(details['input']))}: {describe_fault(details)}"


def _show(name: str, value: str) -> str:
    if name.endswith(("PASSWORD", "TOKEN", "KEY", "SECRET")):
        return HIDDEN
    if name.endswith("URL") and re.search(r"[@?]|://:", value):
        return HIDDEN  # it may contain a password, and a wrong URL does not show where this ends
    return value
