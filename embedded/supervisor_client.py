"""supervisord for the stack: its configuration, its process, and its answers over a unix socket."""

import contextlib
import http.client
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psutil

from core.errors import Unavailable
from embedded.processes import Part

START_S = 30.0
ANSWER_S = 10.0
HURRY_S = 10.0
ROOT = Path(__file__).parents[1]
LEASH = Path(__file__).with_name("die_with_parent.py")

_MAIN = """\
[supervisord]
nodaemon = true
silent = true
pidfile = run/supervisord.pid
logfile = logs/supervisord.log
logfile_maxbytes = 10MB
logfile_backups = 3

[unix_http_server]
file = {socket}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
_PART = """
[program:{name}]
command = {command}
directory = %(ENV_LOOKALIKE_ROOT)s
environment = {environment}
priority = {priority}
autostart = false
autorestart = true
startsecs = 15
startretries = 1000000
stopwaitsecs = {stop_s}
killasgroup = true
redirect_stderr = true
stdout_logfile = logs/{name}.log
stdout_logfile_maxbytes = {log_mb}MB
stdout_logfile_backups = 3
"""
_GROUP = """
[group:{name}]
programs = {programs}
priority = {priority}
"""


def configuration(parts: list[Part], socket_path: Path) -> str:
    """What supervisord reads: parts are stopped in the reverse of their order here."""
    text = _MAIN.format(socket=socket_path)
    groups: dict[str, list[str]] = {}
    for priority, part in enumerate(parts, 1):
        text += _PART.format(
            name=part.name,
            command=" ".join(_escaped(word) for word in (*_leashed(part), *part.command)),
            environment=",".join(f'{key}="{word}"' for key, word in part.environment.items()),
            priority=priority,
            stop_s=part.stop_s,
            log_mb=part.log_mb,
        )
        groups.setdefault(part.group or part.name, []).append(part.name)
    for priority, (name, members) in enumerate(groups.items(), 1):
        text += _GROUP.format(name=name, programs=",".join(members), priority=priority)
    return text


class Supervisor:
    """One supervisord and its parts, none of them started yet.

    The thread that makes it must live as long as it: the kernel ends both together.
    """

    def __init__(self, data: Path, parts: list[Part], environment: Mapping[str, str]) -> None:
        self._data = data
        self._parts = {part.name: part for part in parts}
        # a unix socket's path may have 107 bytes: too few for a folder of the user's choice
        self._socket = Path(tempfile.gettempdir()) / f"lookalike-{secrets.token_hex(8)}"
        self._process = self._launch(parts, environment)
        try:
            self._await_answer()
        except BaseException:
            self.hurry()
            raise

    @property
    def running(self) -> bool:
        """Whether supervisord itself lives."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How supervisord ended; below 0 it is the signal."""
        return self._process.poll()

    def start(self, name: str) -> None:
        """Start a part; it is restarted from now on until it is stopped."""
        self._call("startProcess", self._full(name), False)

    def stop_part(self, name: str) -> None:
        """Stop a part and wait until it has ended."""
        self._call("stopProcess", self._full(name), False)
        while name in self.pids():
            time.sleep(0.1)

    def pids(self) -> dict[str, int]:
        """The processes that live now."""
        told: list[dict[str, Any]] = self._call("getAllProcessInfo")
        return {part["name"]: part["pid"] for part in told if part["pid"]}

    def stop(self) -> None:
        """Stop all parts in order, then supervisord.

        Raises:
            KeyboardInterrupt: as the caller's second Ctrl-C; call `hurry` then.
        """
        self._process.send_signal(signal.SIGTERM)
        patience = sum(part.stop_s for part in self._parts.values()) + HURRY_S
        deadline = time.monotonic() + patience
        while self.running and time.monotonic() < deadline:
            with contextlib.suppress(Unavailable):
                self._call("getState")  # a question wakes it; else it looks around once a second
            time.sleep(0.1)
        if self.running:
            self.hurry()
        self._socket.unlink(missing_ok=True)

    def hurry(self) -> None:
        """Kill everything at once; what was acknowledged is on the disk."""
        victims: list[psutil.Process] = []
        if self.running:
            victims = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        for victim in victims:
            _kill(victim)
        psutil.wait_procs(victims, HURRY_S)
        self._process.wait(HURRY_S)
        self._socket.unlink(missing_ok=True)

    def _launch(self, parts: list[Part], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        run = self._data / "run"
        path = run / "supervisord.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(configuration(parts, self._socket), encoding="utf-8")
        command = [sys.executable, "-I", "-S", str(LEASH), "--signal", "TERM", "--"]
        command += [sys.executable, "-P", "-m", "embedded.supervisord", "-c", str(path)]
        with self._complaints.open("wb") as out:
            return subprocess.Popen(
                command,
                cwd=self._data,
                env={**os.environ, **environment, "LOOKALIKE_ROOT": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                umask=0o077,  # sales are personal data
                start_new_session=True,  # Ctrl-C is for the launcher, which stops it in order
            )

    @property
    def _complaints(self) -> Path:
        return self._data / "logs" / "supervisord.out"

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_S
        while self.running and time.monotonic() < deadline:
            try:
                self._call("getState")
            except Unavailable:
                time.sleep(0.05)
            else:
                return
        said = self._complaints.read_text(encoding="utf-8", errors="replace").strip()
        raise Unavailable(f"supervisord did not start: {said[-500:] or 'it said nothing'}")

    def _full(self, name: str) -> str:
        return f"{self._parts[name].group or name}:{name}"

    def _call(self, method: str, *arguments: object) -> Any:
        transport = _UnixTransport(self._socket)
        server = xmlrpc.client.ServerProxy("http://supervisor", transport, allow_none=True)
        with server:
            try:
                return getattr(server.supervisor, method)(*arguments)
            except (OSError, http.client.HTTPException) as exc:
                raise Unavailable(f"supervisord does not answer: {exc}") from exc
            except xmlrpc.client.Fault as exc:
                raise Unavailable(f"supervisord refuses {method}: {exc.faultString}") from exc


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _UnixConnection(self._path)
        self._connection = host, connection  # where the base class looks when it closes
        return connection


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_S)
        self._path = path

    def connect(self) -> None:
        # the base class closes it when a request fails, but not while it is connecting
        with contextlib.ExitStack() as closing:
            self.sock = closing.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            self.sock.settimeout(ANSWER_S)
            self.sock.connect(str(self._path))
            closing.pop_all()


def _leashed(part: Part) -> Iterable[str]:
    return (sys.executable, "-I", "-S", str(LEASH), "--nice", str(part.nice), "--")


def _escaped(word: str) -> str:
    # shlex.quote would leave ' ;' and ' #' as they are, which begin a comment in this format
    return re.sub(r"([^\w@%+=:,./-])", r"\\\1", word).replace("%", "%%") or "''"


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
