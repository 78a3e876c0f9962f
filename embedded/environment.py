"""What the processes of the stack are told through their environment."""

import json
import os
import re
from collections.abc import Iterator

from pydantic import BaseModel

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
    return _TUNING | kept | dict(_flat(_PREFIX, absolute))


def _flat(prefix: str, settings: BaseModel) -> Iterator[tuple[str, str]]:
    for name, value in settings.model_dump(mode="json", exclude_none=True).items():
        key, own = prefix + name.upper(), getattr(settings, name)
        if isinstance(own, BaseModel):
            yield from _flat(f"{key}__", own)
        else:
            yield key, value if isinstance(value, str) else json.dumps(value)
