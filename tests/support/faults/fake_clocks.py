"""A stack whose processes have wall clocks that tests can set, one clock for each group.

libfaketime sits between a process and its wall clock; monotonic clocks stay true, as they do when
the clock of a machine is set. The clock of this machine is not changed.
"""

import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from embedded.stack import Stack

GROUPS = ("workers", "api", "rest")
TRUE_CLOCK = ("redis", "cache")  # leases and rate limit windows use the clock of Redis


def find_library():
    """Return the library to preload, or None if it is not installed.

    `make thorough` installs it where there is a C compiler; Debian's is too old for `time.sleep`.
    """
    spec = find_spec("libfaketime")
    files = Path(spec.origin).parent.rglob("libfaketime.so.1") if spec else ()
    return next(iter(files), None)


class FakeClockStack(Stack):
    """A stack with a fake clock for each group of processes; both Redis keep the true time."""

    def __init__(self, settings, clocks):
        super().__init__(settings)
        self._clocks = clocks
        self.set_clocks(0)

    def set_clocks(self, seconds, *groups):
        """Set the clocks of these groups (default: all) this far off the true time."""
        for group in groups or GROUPS:
            partial = self._clocks / f".{group}"
            partial.write_text(f"{seconds:+d}\n")
            partial.replace(self._clocks / group)

    def environment(self, group):
        """Return the variables that load the library and point it at the clock of the group."""
        return {
            "LD_PRELOAD": str(find_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._clocks / group),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DISABLE_SHM": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        }

    def __enter__(self):
        """Start; supervisord itself belongs to the group `rest`."""
        before, fake = dict(os.environ), self.environment("rest")
        os.environ.update(fake)
        try:
            return super().__enter__()
        finally:
            for name in fake:
                os.environ.pop(name)
            os.environ.update(before)

    def _selected(self, stage):
        return [
            replace(process, environment={**process.environment, **self._clock_of(process)})
            for process in super()._selected(stage)
        ]

    def _clock_of(self, process):
        if process.name in TRUE_CLOCK:
            return {"LD_PRELOAD": ""}
        return self.environment(process.group or ("api" if process.name == "api" else "rest"))
