"""A worker for pictures whose decoder is broken: `celery -A tests.faults.poisoned worker ...`.

Some widths make the decoder crash, run for ever, or fail in a way that nobody foresaw. All else of
this worker is as it always is.
"""

import ctypes

from core.pipelines import targets
from workers.app import app

__all__ = ["app"]

SEGFAULT, ENDLESS, BUG = 301, 302, 303
_read = targets.read


def read(data, **how):
    decoded = _read(data, **how)
    if decoded.width == SEGFAULT:
        ctypes.string_at(0)
    while decoded.width == ENDLESS:
        pass
    if decoded.width == BUG:
        raise MemoryError
    return decoded


targets.read = read
