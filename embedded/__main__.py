"""`python -m embedded`, for `lookalike up`: runs the stack in the foreground until Ctrl-C.

Exit codes: 0 stopped by a signal, 1 an error, 2 wrong arguments or settings.
"""

import argparse
import contextlib
import signal
import sys
from collections.abc import Collection

from core.command_line import run_cli
from core.settings import Settings
from embedded.processes import FLOWER_USER, NAMES, flower_password
from embedded.stack import Stack

# SIGINT too, because a script's background process inherits it as ignored
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Run the stack until a signal arrives; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="lookalike up",
        description="Run Lookalike on this machine. Configure it with LOOKALIKE_... environment "
        "variables.",
    )
    parser.add_argument(
        "--only", nargs="+", choices=NAMES, help="start only these processes (default: all)"
    )
    only = parser.parse_args().only
    for number in STOP_SIGNALS:
        signal.signal(number, signal.default_int_handler)
    return run_cli(lambda: _run(Settings(), only))


def _run(settings: Settings, only: Collection[str] | None) -> int:
    stack = Stack(settings, notify=print_line, only=only)
    try:
        with stack:
            _print_welcome(stack)
            stack.wait()
    except KeyboardInterrupt:
        print_line(f"Stopped. Your data is kept in {stack.data}")
    return 0


def _print_welcome(stack: Stack) -> None:
    rows: list[tuple[str, object]] = []
    if "api" in stack.names:
        rows += [("Web page", stack.url), ("API", f"{stack.url}/docs")]
    if "flower" in stack.names:
        rows.append(("Jobs (Flower)", f"http://127.0.0.1:{stack.settings.ports.flower}"))
        rows.append(("", f"user {FLOWER_USER}, password in {flower_password(stack.data)}"))
    rows += [("Data", stack.data), ("Logs", stack.data / "logs")]
    print_line("\nLookalike is running.\n")
    for label, value in rows:
        print_line(f"{label:<14} {value}")
    print_line("\nPress Ctrl-C to stop.")


def print_line(line: str) -> None:
    """Print a line; a closed stdout is ignored, because the stack must still shut down cleanly."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
