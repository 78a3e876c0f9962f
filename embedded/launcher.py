"""The launcher: the stack in the foreground until Ctrl-C. Exit codes: 0, 1, 2 for usage."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Collection

from core.entrypoint import code_of
from core.settings import Settings
from embedded.processes import FLOWER_USER, NAMES, flower_password
from embedded.stack import Stack

# SIGINT too: what is started in the background of a script inherits that it is ignored
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Run the stack until a signal; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="lookalike up",
        description="Start Lookalike on this machine. Settings come from LOOKALIKE_... variables.",
    )
    parser.add_argument("--only", nargs="+", choices=NAMES, help="start these parts, else all")
    only = parser.parse_args().only
    for number in ENDINGS:
        signal.signal(number, signal.default_int_handler)
    return code_of(lambda: _run(Settings(), only))


def _run(settings: Settings, only: Collection[str] | None) -> int:
    stack = Stack(settings, say=say, only=only)
    try:
        with stack:
            _welcome(stack)
            stack.wait()
    except KeyboardInterrupt:
        say("stopped; all data is kept")
    return 0


def _welcome(stack: Stack) -> None:
    rows: list[tuple[str, object]] = [("Data", stack.data), ("Logs", stack.data / "logs")]
    if "flower" in stack.names:
        password = flower_password(stack.data)
        rows.insert(0, ("", f"user {FLOWER_USER}, password in {password}"))
        rows.insert(0, ("Jobs (Flower)", f"http://127.0.0.1:{stack.settings.ports.flower}"))
    if "api" in stack.names:
        rows[:0] = [("Lookalike", stack.url), ("API", f"{stack.url}/docs")]
    say("")
    for label, value in rows:
        say(f"{label:<14} {value}")
    say("\nCtrl-C stops everything.")


def say(line: str) -> None:
    """Print a line, if anyone still reads."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
