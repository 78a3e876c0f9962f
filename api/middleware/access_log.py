"""A line for each request: what was asked, what came of it, and how long that took."""

import logging
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from core.observability import logs

THREAD = "access-log"
_TOGETHER_S = 0.2
_LOGGER = "api.access"
# a name may have slashes: it goes on to the end, or to what is asked of it
_USER = re.compile(r"(?<=/users/).+?(?=(?:/recommendations)?\Z)", re.DOTALL)


class Nameless:
    """Paths in which customers go by their pseudonym."""

    def __init__(self, pseudonym: Callable[[str], str]) -> None:
        self._pseudonym = pseudonym

    def __call__(self, path: str) -> str:
        """The path without a name."""
        if "/users/" not in path:
            return path
        return _USER.sub(lambda found: self._pseudonym(found[0]), path)


class Asked(NamedTuple):
    """A request that has been answered."""

    method: str
    path: str
    status: int
    seconds: float
    key: str
    request_id: str


class AccessLog:
    """Writes the lines of a fifth of a second together; queries are left out.

    Made and written one by one they would cost a fourth of what a list of recommendations does,
    and wake who reads the pipe each time. An exit waits for the last of them.
    """

    def __init__(self, nameless: Nameless) -> None:
        self._nameless = nameless
        self._log = logging.getLogger(_LOGGER)
        self._kept: deque[tuple[float, Asked]] = deque()
        self._is_due = False

    def add(self, asked: Asked) -> None:
        """Keep a line until its time has come. For one thread."""
        if not self._log.isEnabledFor(logging.INFO):
            return
        self._kept.append((time.time(), asked))
        if not self._is_due:
            self._is_due = True
            timer = threading.Timer(_TOGETHER_S, self._write)
            timer.name = THREAD
            timer.start()

    def _write(self) -> None:
        self._is_due = False  # first: what is added from now on has a timer of its own
        kept = [self._kept.popleft() for _ in range(len(self._kept))]
        logs.write([self._record(at, asked) for at, asked in kept])

    def _record(self, at: float, asked: Asked) -> logging.LogRecord:
        path, ms = self._nameless(asked.path)[:500], round(asked.seconds * 1000, 1)
        fields = {"method": asked.method, "path": path, "status": asked.status, "ms": ms}
        return logging.makeLogRecord({
            "name": _LOGGER,
            "levelno": logging.INFO,
            "levelname": "INFO",
            "msg": "%s %s %d %s ms",
            "args": tuple(fields.values()),
            "created": at,
            "request_id": asked.request_id,
            "fields": {**fields, "key": asked.key},
        })
