"""A worker with a broken image decoder: `celery -A tests.faults.poisoned_worker worker ...`.

Some widths make the decoder crash, run for ever, or fail in a way that nobody foresaw. All else of
this worker is as it always is.
"""

import ctypes

from core.pipelines import vector_targets
from workers.app import app

__all__ = ["app"]

SEGFAULT, ENDLESS, BUG = 301, 302, 303
_read = vector_targets.read


def read(data, **how):
    decoded = _read(data, **how)
    if decoded.width == SEGFAULT:
        ctypes.string_at(0)
    while decoded.width == ENDLESS:
        pass
    if decoded.width == BUG:
        raise MemoryError
    return decoded


vector_targets.read = read
