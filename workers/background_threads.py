"""Background threads of a worker."""

import logging
import threading
import time
from collections.abc import Callable

from core.errors import CoreError

log = logging.getLogger(__name__)


def run_every(seconds: float, call: Callable[[], None]) -> None:
    """Call a function now and again after each pause, in a daemon thread; errors are logged."""

    def loop() -> None:
        while True:
            try:
                call()
            except CoreError as exc:
                log.warning("%s", exc)
            except Exception:  # without this thread, orphaned jobs would never be recovered
                log.exception("background task: a bug")
            time.sleep(seconds)

    threading.Thread(target=loop, daemon=True).start()
