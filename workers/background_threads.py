"""Functions that a worker repeats in background threads."""

import logging
import threading
import time
from collections.abc import Callable

from core.errors import CoreError

log = logging.getLogger(__name__)


def run_every(seconds: float, call: Callable[[], None]) -> None:
    """Call a function in a daemon thread, now and after each pause; log its errors."""

    def loop() -> None:
        while True:
            try:
                call()
            except CoreError as exc:
                log.warning("a background task failed: %s", exc)
            except Exception:  # without this thread, orphaned jobs would never be recovered
                log.exception("a background task failed with an unexpected error")
            time.sleep(seconds)

    threading.Thread(target=loop, daemon=True).start()
