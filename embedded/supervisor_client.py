"""Starts supervisord for the stack and controls it over XML-RPC."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from supervisor.xmlrpc import SupervisorTransport, UnixStreamHTTPConnection  # type: ignore[import-untyped]

from core.connections.sockets import socket_path
from core.errors import Unavailable
from embedded.processes import Process
from embedded.supervisor_config import DIE_WITH_PARENT, render_config

START_TIMEOUT_S = 60.0
POLL_S = 0.02
RPC_TIMEOUT_S = 10.0
KILL_TIMEOUT_S = 10.0
ROOT = Path(__file__).parents[1]


class Supervisor:
    """A running supervisord; its processes are started one by one with `start`.

    Create it in a thread that outlives it: the kernel kills supervisord when the thread ends.
    """

    def __init__(
        self, data: Path, processes: list[Process], environment: Mapping[str, str]
    ) -> None:
        self._data = data
        self._output = data / "logs" / "supervisord.out"
        self._processes = {process.name: process for process in processes}
        self._socket = socket_path(data, "supervisord")
        self._supervisord = self._launch(processes, environment)
        try:
            self._await_rpc()
        except BaseException:
            self.kill()
            raise

    @property
    def running(self) -> bool:
        """Whether supervisord itself is running."""
        return self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """The exit code of supervisord, or the negative number of the signal that killed it."""
        return self._supervisord.poll()

    def start(self, name: str) -> None:
        """Start a process; whenever it exits before `stop_process`, supervisord restarts it."""
        self._call("startProcess", self._qualified(name), False)

    def stop_process(self, name: str) -> None:
        """Stop a process and wait until it has exited."""
        self._call("stopProcess", self._qualified(name), False)
        while name in self.pids():
            time.sleep(POLL_S)

    def pids(self) -> dict[str, int]:
        """Return the IDs of the running processes by name."""
        infos: list[dict[str, Any]] = self._call("getAllProcessInfo")
        return {info["name"]: info["pid"] for info in infos if info["pid"]}

    def stop(self) -> None:
        """Stop all processes in order, then supervisord.

        Raises:
            KeyboardInterrupt: on a second Ctrl-C; call `kill` then.
        """
        self._supervisord.send_signal(signal.SIGTERM)
        timeout_s = sum(process.stop_timeout_s for process in self._processes.values())
        deadline = time.monotonic() + timeout_s + KILL_TIMEOUT_S
        while self.running and time.monotonic() < deadline:
            with contextlib.suppress(Unavailable):
                self._call("getState")  # wakes supervisord, which otherwise polls once a second
            time.sleep(POLL_S)
        if self.running:
            self.kill()
        self._socket.unlink(missing_ok=True)

    def kill(self) -> None:
        """Kill all processes immediately; acknowledged data is already on disk."""
        children: list[psutil.Process] = []
        if self.running:
            children = psutil.Process(self._supervisord.pid).children(recursive=True)
        self._supervisord.kill()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(children, KILL_TIMEOUT_S)
        self._supervisord.wait(KILL_TIMEOUT_S)
        self._socket.unlink(missing_ok=True)

    def _launch(
        self, processes: list[Process], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        config = self._data / "run" / "supervisord.conf"
        config.unlink(missing_ok=True)
        config.touch(mode=0o600)
        config.write_text(render_config(processes, self._socket), encoding="utf-8")
        command = [*DIE_WITH_PARENT, "--signal", "TERM", "--"]
        command += [sys.executable, "-P", "-m", "embedded.supervisord", "-c", str(config)]
        with self._output.open("wb") as output:
            return subprocess.Popen(
                command,
                cwd=self._data,
                env={**os.environ, **environment, "LOOKALIKE_ROOT": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                umask=0o077,  # sales are personal data
                start_new_session=True,  # Ctrl-C reaches only the launcher, which stops in order
            )

    def _await_rpc(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.running and time.monotonic() < deadline:
            try:
                self._call("getState")
            except Unavailable:
                time.sleep(POLL_S)
            else:
                return
        output = self._output.read_text(encoding="utf-8", errors="replace").strip()
        raise Unavailable(f"supervisord did not start: {output[-500:] or 'there was no output'}")

    def _qualified(self, name: str) -> str:
        return f"{self._processes[name].group or name}:{name}"

    def _call(self, method: str, *arguments: object) -> Any:
        transport = _Transport(self._socket)
        with xmlrpc.client.ServerProxy("http://supervisor", transport) as server:
            try:
                return getattr(server.supervisor, method)(*arguments)
            except xmlrpc.client.Fault as exc:
                raise Unavailable(
                    f"supervisord rejected {method} ({exc.faultString}); "
                    "see logs/supervisord.log in the data folder"
                ) from exc
            except (OSError, http.client.HTTPException, xmlrpc.client.Error) as exc:
                raise Unavailable(f"cannot call supervisord: {exc}") from exc


class _Transport(SupervisorTransport):  # type: ignore[misc]
    """XML-RPC over a unix socket, with the timeout that supervisor's own transport lacks."""

    def __init__(self, socket: Path) -> None:
        super().__init__(serverurl=f"unix://{socket}")
        self._get_connection = lambda: _Connection(socket)


class _Connection(UnixStreamHTTPConnection):  # type: ignore[misc]
    def __init__(self, socket: Path) -> None:
        super().__init__("localhost")
        self.socketfile = str(socket)

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(RPC_TIMEOUT_S)
