"""Functions that a worker repeats in background threads."""

import logging
import threading
import time
from collections.abc import Callable

from core.errors import CoreError

log = logging.getLogger(__name__)


class ErrorLog:
    """Logs an error of a repeated function when it begins, changes and ends, not every time."""

    def __init__(self, name: str) -> None:
        self._name, self._last = name, ""

    def run(self, call: Callable[[], None]) -> bool:
        """Call the function; return whether it succeeded. Log an error unlike that before."""
        try:
            call()
        except CoreError as exc:
            if self._is_new(exc):
                log.warning("%s fails: %s", self._name, _with_cause(exc))
        except Exception as exc:  # its thread must go on: nothing else would do its work
            if self._is_new(exc):
                log.exception("%s fails with an unexpected error", self._name)
        else:
            if self._last:
                log.info("%s works again", self._name)
            self._last = ""
            return True
        return False

    def _is_new(self, exc: Exception) -> bool:
        before, self._last = self._last, f"{type(exc).__name__}: {exc}"
        return before != self._last


def _with_cause(exc: Exception) -> str:
    """Return the message of an error, and that of its cause, which says which server is meant."""
    cause = exc.__cause__
    return f"{exc} ({type(cause).__name__}: {cause})" if cause else str(exc)


def run_every(seconds: float, name: str, call: Callable[[], None]) -> None:
    """Call a function in a daemon thread, now and after each pause; `name` says what it does."""
    errors = ErrorLog(name)

    def loop() -> None:
        while True:
            errors.run(call)
            time.sleep(seconds)

    threading.Thread(target=loop, name=name, daemon=True).start()
