"""Kills the processes of a stack with SIGKILL, in turn, at random moments while work goes on."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import psutil

from core.errors import Unavailable


class ProcessKiller:
    """Kills one process after another, in a random order that continues from phase to phase."""

    def __init__(self, stack, rng, *, pause_s):
        self._stack, self._rng, self._pause_s = stack, rng, pause_s
        names = list(stack.names)
        rng.shuffle(names)
        self._names = cycle(names)
        self.killed = []

    def kill_during(self, work, kills):
        """Run `work()`, kill this many processes meanwhile, and return the result of the work."""
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(work)
            for name in islice(self._names, kills):
                time.sleep(self._rng.uniform(0, self._pause_s))
                self._kill(name)
            return future.result()

    def _kill(self, name):
        while True:  # it may be restarting right now
            try:
                self._stack.kill(name)
            except (KeyError, psutil.NoSuchProcess, Unavailable):
                time.sleep(0.1)
            else:
                self.killed.append(name)
                return
