"""Measures how often a function can be called per second."""

import time
from collections.abc import Callable


def call_rate(
    call: Callable[[], object], seconds: float, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Return calls per second on one thread, measured for at least `seconds` on `clock`."""
    started, done = clock(), 0
    while (took := clock() - started) < seconds:
        call()
        done += 1
    return done / took
