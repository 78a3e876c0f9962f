"""What the processes of the stack are told through their environment."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.settings import Settings

_PREFIX = "LOOKALIKE_"
# kept when the user has set them
_TUNING = {
    "MALLOC_ARENA_MAX": "2",  # glibc else keeps freed memory in an arena per thread
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONUNBUFFERED": "1",
}


def environment(settings: Settings) -> dict[str, str]:
    """The whole environment: this process' own, with exactly these settings."""
    ours = re.compile(rf"{_PREFIX}({'|'.join(Settings.model_fields)})(__.*)?", flags=re.IGNORECASE)
    kept = {name: value for name, value in os.environ.items() if not ours.fullmatch(name)}
    absolute = settings.model_copy(update={"data": settings.data.absolute()})
    told = dict(_flat(_PREFIX, absolute.model_dump(mode="json", exclude_none=True)))
    return _TUNING | kept | told


def _flat(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        key = prefix + name.upper()
        if isinstance(value, dict):
            yield from _flat(f"{key}__", value)
        else:
            yield key, value if isinstance(value, str) else json.dumps(value)
