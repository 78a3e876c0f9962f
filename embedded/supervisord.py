"""supervisord, made to outlive a full disk: `python -m embedded.supervisord -c FILE`.

What it cannot write to a log it reports to stderr, which goes to a file on the same disk; that
failed too, and ended it with every part of the stack. And it waits a second longer after each
start that fails, without an end: what could not start for a day would be back minutes late.
"""

import contextlib
import sys
from typing import TextIO

from supervisor import process  # type: ignore[import-untyped]
from supervisor.supervisord import main  # type: ignore[import-untyped]

MOST_S = 10
"""How long it waits at most before it starts again what has died."""


class Process(process.Subprocess):  # type: ignore[misc]
    """A part, which is never left alone for long."""

    backoff: int
    """How often it has died at its start, one after the other; it waits so many seconds."""

    def change_state(self, new_state: int, expected: bool = True) -> bool | None:
        """Count the failed starts, but not so many that the wait gets long."""
        self.backoff = min(self.backoff, MOST_S - 1)
        return super().change_state(new_state, expected)  # type: ignore[no-any-return]


class _Forgiving:
    """A stream that does without what cannot be written."""

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
    sys.stderr = _Forgiving(sys.stderr)
    process.Subprocess = Process
    main()
