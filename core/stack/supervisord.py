"""supervisord, made to outlive a full disk: `python -m core.stack.supervisord -c FILE`.

What it cannot write to a log it reports to stderr, which goes to a file on the same disk; that
failed too, and ended it with every part of the stack.
"""

import contextlib
import sys
from typing import TextIO

from supervisor.supervisord import main  # type: ignore[import-untyped]


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
    main()
