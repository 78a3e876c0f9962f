"""Runs the launcher as a user does, and finds the processes that belong to it."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

import psutil

from core.connections.sockets import socket_folder
from core.settings import Settings
from embedded.environment import environment
from embedded.processes import SERVERS

READY = "Press Ctrl-C to stop."
EXIT_S = 120
"""More than a launcher takes to exit even on a machine that is busy with other tests."""


class Launcher:
    """`python -m embedded --only redis cache milvus` in a process of its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._processes: list[subprocess.Popen[str]] = []

    def start(
        self, variables: Mapping[str, str] | None = None, only: tuple[str, ...] = SERVERS
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded", "--only", *only],
            env={**environment(self.settings), **(variables or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        return process

    def start_ready(self) -> subprocess.Popen[str]:
        process = self.start()
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if READY in line:
                return process
        raise AssertionError(f"not ready: {lines} {process.communicate()}")

    def kill_last(self) -> None:
        self._processes[-1].kill()
        self._processes[-1].communicate()

    def tree(self) -> list[psutil.Process]:
        """Every process whose command line names this stack's data, sockets or ports."""
        data = self.settings.data
        ports = "|".join(str(port) for port in self.settings.ports.model_dump().values())
        # a port is a whole number: a browser's command line is full of digits
        folders = "|".join(re.escape(str(folder)) for folder in (data, socket_folder(data)))
        pattern = re.compile(rf"{folders}|(?<!\d)({ports})(?!\d)")
        return [process for process in psutil.process_iter() if _names(process, pattern)]

    def exits(self) -> bool:
        """Wait until no process is left; return whether that is so."""
        deadline = time.monotonic() + EXIT_S
        while self.tree() and time.monotonic() < deadline:
            time.sleep(0.1)
        return not self.tree()

    def destroy(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()
        if not self.exits():
            for process in self.tree():
                process.kill()


def _names(process: psutil.Process, pattern: re.Pattern[str]) -> bool:
    try:
        words = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return bool(pattern.search(words))
