"""Kills the parts of a stack with SIGKILL, in turn, at random moments while work goes on."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import psutil

from core.errors import Unavailable


class Killer:
    """Kills one part after the other, in an order of chance, for the length of each phase."""

    def __init__(self, stack, dice, *, pause_s):
        self._stack, self._dice, self._pause_s = stack, dice, pause_s
        names = list(stack.names)
        dice.shuffle(names)
        self._turns = cycle(names)
        self.killed = []

    def during(self, work, kills):
        """What `work()` gives; so many parts have been killed by the time it is given."""
        with ThreadPoolExecutor(1) as pool:
            doing = pool.submit(work)
            for name in islice(self._turns, kills):
                time.sleep(self._dice.uniform(0, self._pause_s))
                self._kill(name)
            return doing.result()

    def _kill(self, name):
        while True:  # it may just be starting again
            try:
                self._stack.kill(name)
            except (KeyError, psutil.NoSuchProcess, Unavailable):
                time.sleep(0.1)
            else:
                self.killed.append(name)
                return
