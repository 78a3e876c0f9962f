"""A stack for the length of a command, where none is running."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from lookalike.cli.server.up import STACK, check_installed
from lookalike.errors import LocalProblem, NotReachable

if TYPE_CHECKING:
    from lookalike.client import Lookalike

START_S = 300.0
STOP_S = 60.0
_STDERR = 2


@contextmanager
def running_stack(server: "Lookalike", url: str) -> Iterator["subprocess.Popen[bytes] | None"]:
    """Give the stack that was started, or None if the server was there; stop it afterwards.

    Raises:
        LocalProblem: the stack cannot be started here, or ended at once.
        NotReachable: the address is not one of this machine.
    """
    try:
        server.ready()
    except NotReachable:
        if urlsplit(url).hostname not in {"127.0.0.1", "localhost"}:
            raise
    else:
        _wait_until_ready(server, None)
        yield None
        return
    with _ending_on_signals(), _started(url) as stack:
        _wait_until_ready(server, stack)
        yield stack


@contextmanager
def _started(url: str) -> Iterator["subprocess.Popen[bytes]"]:
    check_installed()
    port = urlsplit(url).port or 80
    typer.echo("starting Lookalike on this machine ...", err=True)
    stack = subprocess.Popen(
        [sys.executable, "-m", STACK],
        env=os.environ | {"LOOKALIKE_PORTS__API": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=_STDERR,  # what we find goes to stdout, alone
        process_group=0,  # a Ctrl-C is for us; we stop it in order
    )
    try:
        yield stack
    finally:
        _stop(stack)


def _stop(stack: "subprocess.Popen[bytes]") -> None:
    stack.terminate()
    try:
        stack.wait(STOP_S)
    except subprocess.TimeoutExpired:
        stack.kill()
        stack.wait()


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """End as with Ctrl-C when the terminal is closed, so that the stack is stopped too."""
    before = {
        number: signal.signal(number, signal.default_int_handler)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_until_ready(server: "Lookalike", stack: "subprocess.Popen[bytes] | None") -> None:
    until = time.monotonic() + START_S
    while not _is_ready(server):
        if stack and stack.poll() is not None:
            raise LocalProblem(f"the stack ended while it started (exit code {stack.returncode})")
        if time.monotonic() > until:
            raise LocalProblem(f"the stack was not ready within {START_S:.0f} seconds")
        time.sleep(0.3)


def _is_ready(server: "Lookalike") -> bool:
    try:
        return server.ready()
    except NotReachable:
        return False
