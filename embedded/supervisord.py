"""A supervisord that survives a full disk: `python -m embedded.supervisord -c FILE`.

When the original cannot write to its log, it reports this on stderr, which is a file on the same
disk; the report fails too, and supervisord exits with all its processes. If a process keeps failing
to start, the original waits a second longer before each attempt, without a limit; after a day of
failures it waits for minutes.
"""

import contextlib
import sys
from typing import TextIO

from supervisor import process  # type: ignore[import-untyped]
from supervisor.supervisord import main  # type: ignore[import-untyped]

MAX_BACKOFF_S = 10
"""The longest wait before a process is restarted."""


class CappedBackoffProcess(process.Subprocess):  # type: ignore[misc]
    """A process whose restart is delayed by at most `MAX_BACKOFF_S`."""

    backoff: int
    """Failed starts in a row; supervisord waits as many seconds before the next start."""

    def change_state(self, new_state: int, expected: bool = True) -> bool | None:
        """Cap the count of failed starts, then change the state."""
        self.backoff = min(self.backoff, MAX_BACKOFF_S - 1)
        return super().change_state(new_state, expected)  # type: ignore[no-any-return]


class _FaultTolerantStream:
    """Discards output that cannot be written."""

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
