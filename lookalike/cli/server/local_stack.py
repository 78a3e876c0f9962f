"""Runs Lookalike on this machine for the duration of a command, if no server responds."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import typer

from lookalike.cli.options import Server
from lookalike.cli.server.signals import interrupt_on_signals
from lookalike.cli.server.up import LAUNCHER
from lookalike.errors import LocalProblem, NotReachable

START_TIMEOUT_S = 300.0
STOP_TIMEOUT_S = 60.0


@contextmanager
def running_stack(server: Server) -> Iterator["subprocess.Popen[bytes] | None"]:
    """Start Lookalike and yield the process of its launcher; None if a server already responds.

    Raises:
        LocalProblem: Lookalike exited while it was starting, or was not ready in time.
        NotReachable: no server responds, and the address is not on this machine.
    """
    try:
        server.ready()
    except NotReachable:
        if urlsplit(server.url).hostname not in {"127.0.0.1", "localhost"}:
            raise
    else:
        _wait_until_ready(server, None)
        yield None
        return
    with interrupt_on_signals(), _start_launcher(server.url) as launcher:
        _wait_until_ready(server, launcher)
        yield launcher


@contextmanager
def _start_launcher(url: str) -> Iterator["subprocess.Popen[bytes]"]:
    port = urlsplit(url).port or 80
    typer.echo("starting Lookalike on this machine ...", err=True)
    launcher = subprocess.Popen(
        [sys.executable, "-m", LAUNCHER],
        env=os.environ | {"LOOKALIKE_PORTS__API": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),  # stdout is for the output of the command
        process_group=0,  # Ctrl-C reaches only this process, which stops the launcher in order
    )
    try:
        yield launcher
    finally:
        _stop(launcher)


def _stop(launcher: "subprocess.Popen[bytes]") -> None:
    launcher.terminate()
    try:
        launcher.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        launcher.kill()
        launcher.wait()


def _wait_until_ready(server: Server, launcher: "subprocess.Popen[bytes] | None") -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _is_ready(server):
        if launcher and launcher.poll() is not None:
            code = launcher.returncode
            raise LocalProblem(f"Lookalike did not start (exit code {code}); see the error above")
        if time.monotonic() > deadline:
            raise LocalProblem(
                f"Lookalike was not ready within {START_TIMEOUT_S:.0f} seconds; "
                "run `lookalike doctor`"
            )
        time.sleep(0.3)


def _is_ready(server: Server) -> bool:
    try:
        return server.ready()
    except NotReachable:
        return False
