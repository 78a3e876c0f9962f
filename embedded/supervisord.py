"""supervisord that survives a full disk: `python -m embedded.supervisord -c FILE`.

The stock one reports failed log writes to stderr, which is a file on the same disk: that write
fails too and takes down supervisord with all its processes. It also waits a second longer after
every failed start, without a limit: what could not start for a day would come back minutes late.
"""

import contextlib
import sys
from typing import TextIO

from supervisor import process  # type: ignore[import-untyped]
from supervisor.supervisord import main  # type: ignore[import-untyped]

MAX_BACKOFF_S = 10
"""The longest wait before a process that exited is started again."""


class CappedBackoffProcess(process.Subprocess):  # type: ignore[misc]
    """A process that is restarted after at most `MAX_BACKOFF_S`."""

    backoff: int
    """Failed starts in a row; supervisor waits this many seconds before the next."""

    def change_state(self, new_state: int, expected: bool = True) -> bool | None:
        """Cap the count of failed starts, then change the state."""
        self.backoff = min(self.backoff, MAX_BACKOFF_S - 1)
        return super().change_state(new_state, expected)  # type: ignore[no-any-return]


class _FaultTolerantStream:
    """Drops what cannot be written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


if __name__ == "__main__":
    sys.stderr = _FaultTolerantStream(sys.stderr)
    process.Subprocess = CappedBackoffProcess
    main()
