"""Passes the settings of the stack to its processes as environment variables."""

import json
import os
import re
from collections.abc import Iterator

from pydantic import BaseModel

from core.settings import MEBIBYTE, Settings

_PREFIX = "LOOKALIKE_"
# defaults, which the user's environment overrides
_TUNING = {
    "MALLOC_ARENA_MAX": "2",  # by default glibc keeps freed memory in one arena per thread
    # By default glibc returns the memory of every decoded image to the system; getting it back page
    # by page takes longer than decoding.
    "MALLOC_MMAP_THRESHOLD_": str(16 * MEBIBYTE),
    "MALLOC_TRIM_THRESHOLD_": str(64 * MEBIBYTE),
    # By default threads of a training that wait for each other keep their core busy, which searches
    # and requests need; on busy machines that takes more time than the training itself.
    "OMP_WAIT_POLICY": "passive",
    "OPENBLAS_THREAD_TIMEOUT": "4",  # 2 ** 4 cycles, the least
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONUNBUFFERED": "1",
}


def environment(settings: Settings) -> dict[str, str]:
    """Return this process's environment with its Lookalike settings replaced by `settings`."""
    setting = re.compile(
        rf"{_PREFIX}({'|'.join(Settings.model_fields)})(__.*)?", flags=re.IGNORECASE
    )
    inherited = {name: value for name, value in os.environ.items() if not setting.fullmatch(name)}
    absolute = settings.model_copy(update={"data": settings.data.absolute()})
    return _TUNING | inherited | dict(_flatten(_PREFIX, absolute))


def _flatten(prefix: str, settings: BaseModel) -> Iterator[tuple[str, str]]:
    for name, value in settings.model_dump(mode="json", exclude_none=True).items():
        key, setting = prefix + name.upper(), getattr(settings, name)
        if isinstance(setting, BaseModel):
            yield from _flatten(f"{key}__", setting)
        else:
            yield key, value if isinstance(value, str) else json.dumps(value)
