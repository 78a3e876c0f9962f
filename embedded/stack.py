"""Starts and stops all processes of Lookalike together on one machine."""

import contextlib
import time
from collections import deque
from collections.abc import Collection
from typing import Self

import psutil

from core.errors import NotFound, Unavailable
from core.settings import Settings
from embedded import data_folder, preflight, redis_log
from embedded.environment import environment
from embedded.exit_watcher import ExitWatcher, Notify
from embedded.processes import Process, processes
from embedded.supervisor_client import Supervisor

POLL_S = 0.05
MAX_EXITS = 3  # a process that exits this often while starting will not come up
LOG_LINES = 15


class Stack:
    """A context manager; all processes are ready inside it, and none is left after it.

    `notify` receives a line for each event; `only` names the processes to start (default: all).
    Enter a stack in a thread that outlives it: the kernel kills the stack when the thread ends.
    """

    def __init__(
        self,
        settings: Settings,
        notify: Notify = lambda _message: None,
        only: Collection[str] | None = None,
    ) -> None:
        self.settings = settings
        self.data = settings.data.absolute()
        self._notify = notify
        self._only = only
        self._processes: dict[str, Process] = {}
        self._cleanup = contextlib.ExitStack()
        self._supervisor: Supervisor
        self._watcher: ExitWatcher

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the processes in start order."""
        return tuple(self._processes)

    @property
    def url(self) -> str:
        """The URL of the web page and the API."""
        return f"http://{self.settings.host}:{self.settings.ports.api}"

    def __enter__(self) -> Self:
        """Check the machine, start everything, and wait until every process is ready.

        Raises:
            CoreError: the stack cannot start; no process is left running.
        """
        try:
            self._start_all()
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the processes in reverse order; Ctrl-C kills those that are still running."""
        self._cleanup.close()

    def pids(self) -> dict[str, int]:
        """Return the IDs of the running processes by name."""
        return self._supervisor.pids()

    def kill(self, name: str) -> None:
        """Kill a process, as the kernel does when memory runs out; supervisord restarts it."""
        process = self._find(name)
        psutil.Process(self.pids()[name]).kill()
        process.before_start()

    def stop(self, name: str) -> None:
        """Stop a process until it is started with `start`."""
        self._supervisor.stop_process(self._find(name).name)

    def start(self, name: str) -> None:
        """Start a stopped process and wait until it is ready."""
        process = self._find(name)
        self._launch([process])
        self.await_ready(process.name)

    def await_ready(self, name: str) -> None:
        """Wait until a process is ready.

        Raises:
            Unavailable: the process is not ready in time or keeps exiting; the message has the
                end of its log.
        """
        process = self._find(name)
        deadline = time.monotonic() + process.ready_timeout_s
        max_exits = self._watcher.exits[name] + MAX_EXITS
        while not process.is_ready():
            if not self._supervisor.running:
                raise self._supervisor_exited()
            if self._watcher.exits[name] >= max_exits:
                raise self._not_ready(process, f"exited {MAX_EXITS} times while starting")
            if time.monotonic() > deadline:
                check = f"its readiness check ({process.probe})"
                raise self._not_ready(
                    process, f"failed {check} for {process.ready_timeout_s:.0f} s"
                )
            time.sleep(POLL_S)

    def wait(self) -> None:
        """Wait until a signal arrives.

        Raises:
            Unavailable: supervisord exited, and all processes with it.
        """
        while self._supervisor.running:
            time.sleep(POLL_S)
        raise self._supervisor_exited()

    def _start_all(self) -> None:
        preflight.check_settings(self.settings)
        data_folder.prepare_data(self.data, self.settings.limits.min_free_mb)
        self._lock_data()
        data_folder.prepare_sockets(self.data)
        self._cleanup.callback(data_folder.remove_sockets, self.data)
        preflight.raise_file_limit()
        for line in redis_log.repair(self.data / "redis"):
            self._notify(line)
        self._processes = {
            process.name: process
            for process in processes(self.settings)
            if self._only is None or process.name in self._only
        }
        if "worker-train" in self._processes:
            preflight.check_libraries()
        preflight.check_ports(self._processes.values())
        preflight.check_external_servers(self.settings)
        self._watcher = ExitWatcher(self.data / "logs", self._processes, self._notify)
        self._supervisor = Supervisor(
            self.data, list(self._processes.values()), environment(self.settings)
        )
        self._cleanup.callback(self._stop_all)
        self._watcher.start()
        self._start_in_order()

    def _lock_data(self) -> None:
        self._cleanup.callback(data_folder.lock_data(self.data).close)
        if previous := data_folder.previous_supervisor(self.data):
            self._notify(f"waiting for the previous stack to stop (process {previous.pid})")
            data_folder.await_exit(previous)

    def _start_in_order(self) -> None:
        """Start every process as soon as those it needs are ready; wait until all are ready."""
        start, waiting = time.monotonic(), list(self._processes.values())
        not_ready = set(self._processes)
        for process in self._processes.values():
            startable = [other for other in waiting if not_ready.isdisjoint(other.needs)]
            waiting = [other for other in waiting if other not in startable]
            self._launch(startable)
            self.await_ready(process.name)
            not_ready.remove(process.name)
            address = f"127.0.0.1:{process.port}" if process.port else ""
            elapsed = time.monotonic() - start
            self._notify(f"{process.name:<14} ready after {elapsed:5.1f} s   {address}".rstrip())

    def _launch(self, processes: list[Process]) -> None:
        for process in processes:
            process.before_start()
            self._supervisor.start(process.name)

    def _stop_all(self) -> None:
        try:
            self._supervisor.stop()
        except KeyboardInterrupt:
            self._notify("killing the processes that are still running")
            self._supervisor.kill()
        finally:
            self._watcher.stop()

    def _find(self, name: str) -> Process:
        if name not in self._processes:
            raise NotFound(
                f"this stack has no process {name!r}; choose one of {', '.join(self._processes)}"
            )
        return self._processes[name]

    def _supervisor_exited(self) -> Unavailable:
        return Unavailable(
            f"supervisord exited (code {self._supervisor.exit_code}), and all processes of the "
            f"stack with it; see {self.data / 'logs' / 'supervisord.log'}"
        )

    def _not_ready(self, process: Process, why: str) -> Unavailable:
        path = self.data / "logs" / f"{process.name}.log"
        lines: deque[str] = deque(maxlen=LOG_LINES)
        if path.exists():
            with path.open(encoding="utf-8", errors="replace") as log:
                lines.extend(log)
        return Unavailable(
            f"{process.name} {why}; the end of its log {path}:\n{''.join(lines).rstrip()}"
        )
