"""Reports exits and restarts of the stack's processes.

Follows supervisord's log, since its RPC interface does not say how a process exited.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from embedded.processes import Process

POLL_S = 0.2
Notify = Callable[[str], None]
"""Takes a message for the user, one line."""

_EVENT = re.compile(r"(?:INFO|WARN) (exited|stopped): ([\w-]+) \((.*)\)")


class ExitWatcher(threading.Thread):
    """Reports processes that exited, are ready again or have stopped, and counts exits."""

    def __init__(self, logs: Path, processes: Mapping[str, Process], notify: Notify) -> None:
        super().__init__(name="exit-watcher", daemon=True)
        self.exits: Counter[str] = Counter()
        self._processes = processes
        self._log = logs / "supervisord.log"
        self._notify = notify
        self._offset = self._size()
        self._stopping = threading.Event()
        self._restarting: set[str] = set()

    def run(self) -> None:
        """Poll until `stop` is called."""
        while not self._stopping.wait(POLL_S):
            self._read_log()
            for name in [name for name in self._restarting if self._processes[name].is_ready()]:
                self._restarting.remove(name)
                self._notify(f"{name} is ready again")
        self._read_log()

    def stop(self) -> None:
        """Report the last events in the log, then end the thread."""
        self._stopping.set()
        self.join()

    def _size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def _read_log(self) -> None:
        if self._size() < self._offset:  # rotated; we miss at most its last lines
            self._offset = 0
        if not self._log.exists():
            return
        with self._log.open("rb") as log:
            log.seek(self._offset)
            complete_lines, newline, _rest = log.read().rpartition(b"\n")
        self._offset += len(complete_lines) + len(newline)
        for line in complete_lines.decode(errors="replace").splitlines():
            if event := _EVENT.search(line):
                self._report(*event.groups())

    def _report(self, event: str, name: str, reason: str) -> None:
        if event == "stopped":
            self._restarting.discard(name)
            self._notify(f"{name} stopped")
            return
        self._processes[name].before_start()
        self._restarting.add(name)
        self.exits[name] += 1
        log = self._log.with_name(f"{name}.log")
        cause = reason.partition(";")[0].replace("terminated by", "killed by")
        self._notify(f"{name} exited unexpectedly ({cause}); restarting; see {log}")
