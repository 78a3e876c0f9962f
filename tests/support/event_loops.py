"""Runs coroutines of tests."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


def in_event_loop(run):
    """Return the result of a coroutine function without arguments.

    It runs in a thread, since the browser of other tests may run an event loop in this one.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()
