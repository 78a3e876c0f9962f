"""A worker with a broken image decoder: `celery -A tests.support.faults.poisoned_worker worker`.

Images of some widths make the decoder crash, hang, or raise an unexpected error. Everything else
is as in the real worker.
"""

import ctypes

from core.pipelines import vector_targets
from workers.app import app

__all__ = ["app"]

SEGFAULT, ENDLESS, BUG = 301, 302, 303
"""The widths."""
_decode_for = vector_targets.decode_for


def decode_for(*arguments):
    decoded = _decode_for(*arguments)
    if decoded.width == SEGFAULT:
        ctypes.string_at(0)
    while decoded.width == ENDLESS:
        pass
    if decoded.width == BUG:
        raise MemoryError
    return decoded


vector_targets.decode_for = decode_for
