"""Reads supervisord's log as it grows: its protocol tells that a part died, not how."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from embedded.processes import Part

LOOK_S = 0.2
Say = Callable[[str], None]

_EVENT = re.compile(r"(?:INFO|WARN) (?P<what>exited|stopped): (?P<part>[\w-]+) \((?P<how>.*)\)")


class Watch(threading.Thread):
    """Says when a part dies, when it answers again, and when it has stopped; counts the deaths."""

    def __init__(self, logs: Path, parts: Mapping[str, Part], say: Say) -> None:
        super().__init__(name="stack-watch", daemon=True)
        self.deaths: Counter[str] = Counter()
        self._parts = parts
        self._logs = logs
        self._log = logs / "supervisord.log"
        self._say = say
        self._read = self._size()
        self._over = threading.Event()
        self._down: set[str] = set()

    def run(self) -> None:
        """Look until told that it is over."""
        while not self._over.wait(LOOK_S):
            self._look()
            for name in [name for name in self._down if self._parts[name].ready()]:
                self._down.remove(name)
                self._say(f"{name} is up again")
        self._look()

    def end(self) -> None:
        """Say the rest and stop looking."""
        self._over.set()
        self.join()

    def _size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def _look(self) -> None:
        if self._size() < self._read:  # rotated; its last lines are lost to us only
            self._read = 0
        if not self._log.exists():
            return
        with self._log.open("rb") as log:
            log.seek(self._read)
            whole, newline, _rest = log.read().rpartition(b"\n")
        self._read += len(whole) + len(newline)
        for line in whole.decode(errors="replace").splitlines():
            if event := _EVENT.search(line):
                self._tell(event["what"], event["part"], event["how"])

    def _tell(self, what: str, name: str, how: str) -> None:
        if what == "stopped":
            self._down.discard(name)
            self._say(f"{name} stopped")
            return
        self._parts[name].before()
        self._down.add(name)
        self.deaths[name] += 1
        self._say(f"{name} died ({_plain(how)}); restarting, log: {self._logs / f'{name}.log'}")


def _plain(how: str) -> str:
    return how.partition(";")[0].replace("terminated by", "killed by")
