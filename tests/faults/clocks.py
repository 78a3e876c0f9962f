"""Clocks of a stack's processes that can be set, each group of processes its own.

libfaketime stands between a process and the clock of the day; monotonic clocks stay true, as they
do where a machine's clock is set. The machine's own clock is left alone.
"""

import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from embedded.stack import Stack

TRUE = ("redis", "cache")  # leases and windows go by their clock


def library():
    """The library to be loaded into processes, or None where it is not installed.

    `make thorough` installs it where there is a C compiler; Debian's is too old for `time.sleep`.
    """
    found = find_spec("libfaketime")
    files = Path(found.origin).parent.rglob("libfaketime.so.1") if found else ()
    return next(iter(files), None)


class Clocked(Stack):
    """A stack whose processes but Redis can be told another time of day."""

    def __init__(self, settings, clocks):
        super().__init__(settings)
        self._clocks = clocks
        for group in ("workers", "api", "rest"):
            self.set(0, group)

    def set(self, seconds, *groups):
        """Set the clocks of these groups, or of all, so many seconds off the true time."""
        for group in groups or ("workers", "api", "rest"):
            beside = self._clocks / f".{group}"
            beside.write_text(f"{seconds:+d}\n")
            beside.replace(self._clocks / group)

    def environment(self, group):
        """What loads the library, and tells it where its clock is."""
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._clocks / group),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DISABLE_SHM": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        }

    def __enter__(self):
        """Start; supervisord itself belongs to the rest."""
        before, ours = dict(os.environ), self.environment("rest")
        os.environ.update(ours)
        try:
            return super().__enter__()
        finally:
            for name in ours:
                os.environ.pop(name)
            os.environ.update(before)

    def _asked(self, stage):
        return [
            replace(part, environment={**part.environment, **self._clock_of(part)})
            for part in super()._asked(stage)
        ]

    def _clock_of(self, part):
        if part.name in TRUE:
            return {"LD_PRELOAD": ""}
        return self.environment(part.group or ("api" if part.name == "api" else "rest"))
