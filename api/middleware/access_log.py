"""The access log: one line per request, with its method, path, status and duration."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from core.errors import Unavailable
from core.observability import logs

THREAD = "access-log"
_FLUSH_INTERVAL_S = 0.2
_LOGGER = "api.access"
_PARTS = ("/recommendations", "/orders")
_TEMPLATE = vars(
    logging.makeLogRecord({
        "name": _LOGGER,
        "levelno": logging.INFO,
        "levelname": "INFO",
        "msg": "%s %s %d %s ms",
    })
)


def anonymize_path(pseudonym_of: Callable[[str], str], path: str) -> str:
    """Replace the user in a path with a pseudonym."""
    before, users, rest = path.partition("/users/")
    # a user name may contain slashes, so it extends to the end or to the subresource
    user = next((rest.removesuffix(part) for part in _PARTS if rest.endswith(part)), "") or rest
    return f"{before}{users}{pseudonym_of(user)}{rest[len(user) :]}" if user else path


def anonymized(anonymize: Callable[[str], str], path: str) -> str:
    """Return a path for a log, with "?" for the user if the store's key cannot be read."""
    try:
        return anonymize(path)[:500]
    except Unavailable:
        return anonymize_path(lambda _: "?", path)[:500]


class RequestRecord(NamedTuple):
    """A completed request."""

    method: str
    path: str
    status: int
    seconds: float
    key: str
    request_id: str


class AccessLog:
    """Writes log lines in batches, five times a second; query strings are left out.

    Writing each line by itself would make serving a recommendation list a quarter more expensive.
    The process waits for the last batch before it exits.
    """

    def __init__(self, anonymize: Callable[[str], str]) -> None:
        self._anonymize = anonymize
        self._log = logging.getLogger(_LOGGER)
        self._pending: deque[tuple[float, RequestRecord]] = deque()
        self._is_scheduled = False
        self._flushing = threading.Lock()

    def add(self, record: RequestRecord) -> None:
        """Queue a record for the next batch; not thread-safe."""
        if not self._log.isEnabledFor(logging.INFO):
            return
        self._pending.append((time.time(), record))
        if not self._is_scheduled:
            self._is_scheduled = True
            timer = threading.Timer(_FLUSH_INTERVAL_S, self._flush)
            timer.name = THREAD
            timer.start()

    def _flush(self) -> None:
        self._is_scheduled = False  # first: later records get their own timer
        with self._flushing:  # the flush before may be slow
            batch = [self._pending.popleft() for _ in range(len(self._pending))]
            logs.write([self._log_record(at, record) for at, record in batch])

    def _log_record(self, at: float, record: RequestRecord) -> logging.LogRecord:
        path, ms = anonymized(self._anonymize, record.path), round(record.seconds * 1000, 1)
        fields = {"method": record.method, "path": path, "status": record.status, "ms": ms}
        line = logging.LogRecord.__new__(logging.LogRecord)  # its __init__ takes longer than JSON
        vars(line).update(
            _TEMPLATE,
            args=tuple(fields.values()),
            created=at,
            request_id=record.request_id,
            fields={**fields, "key": record.key},
        )
        return line
