"""The embedded stack: everything Lookalike needs on one machine, begun and ended together."""

import contextlib
import time
from collections import deque
from collections.abc import Collection
from types import TracebackType
from typing import Self, TextIO

import psutil

from core.errors import NotFound, Unavailable
from core.settings import Settings
from embedded import preflight
from embedded.environment import environment
from embedded.exit_watcher import Say, Watch
from embedded.processes import Part, programs, servers
from embedded.supervisor_client import Supervisor

LOOK_S = 0.1
DEATHS = 3  # during its start; then it is not going to come up
LOG_LINES = 15


def _quiet(_line: str) -> None:
    pass


class Stack:
    """The stack for the length of a `with`: ready inside, with nothing left running after it.

    `say` is given a line for whatever happens; `only` names the parts to start, else all.
    Enter it in a thread that outlives it.
    """

    def __init__(
        self, settings: Settings, say: Say = _quiet, only: Collection[str] | None = None
    ) -> None:
        self.settings = settings
        self.data = settings.data.absolute()
        self._say = say
        self._only = only
        self._parts: dict[str, Part] = {}
        self._ending = contextlib.ExitStack()
        self._supervisor: Supervisor
        self._watch: Watch

    @property
    def names(self) -> tuple[str, ...]:
        """The parts that belong to it, in the order of their start."""
        return tuple(self._parts)

    @property
    def url(self) -> str:
        """Where the page and the API are."""
        return f"http://{self.settings.host}:{self.settings.ports.api}"

    def __enter__(self) -> Self:
        """Check, start, and wait until every part is ready.

        Raises:
            CoreError: what is in the way, in a line for the user; nothing is left running.
        """
        try:
            self._begin()
        except BaseException:
            self._ending.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the parts in order; a Ctrl-C meanwhile kills what still runs."""
        self._ending.close()

    def pids(self) -> dict[str, int]:
        """The parts that run now, and their processes."""
        return self._supervisor.pids()

    def kill(self, name: str) -> None:
        """Kill a part as the kernel would when memory is short; it will be restarted."""
        part = self._part(name)
        psutil.Process(self.pids()[name]).kill()
        part.before()

    def stop(self, name: str) -> None:
        """Stop a part and leave it so."""
        self._supervisor.stop_part(self._part(name).name)

    def start(self, name: str) -> None:
        """Start a part that was stopped, and wait until it is ready."""
        part = self._part(name)
        self._launch([part])
        self.await_ready(part.name)

    def await_ready(self, name: str) -> None:
        """Wait until a part answers.

        Raises:
            Unavailable: it does not in its time, or keeps dying; with the end of its log.
        """
        part = self._part(name)
        deadline = time.monotonic() + part.ready_s
        deaths = self._watch.deaths[name] + DEATHS
        while not part.ready():
            if not self._supervisor.running:
                raise Unavailable("supervisord, which runs the stack, died")
            if self._watch.deaths[name] >= deaths:
                raise self._not_ready(part, f"died {DEATHS} times at its start")
            if time.monotonic() > deadline:
                raise self._not_ready(part, f"gave no {part.awaits} in {part.ready_s:.0f} s")
            time.sleep(LOOK_S)

    def wait(self) -> None:
        """Stay while all is well; a signal interrupts it.

        Raises:
            Unavailable: the supervisor died, and every part with it.
        """
        while self._supervisor.running:
            time.sleep(LOOK_S)
        raise Unavailable(
            f"supervisord died (exit code {self._supervisor.exit_code}), and every part with it; "
            f"log: {self.data / 'logs' / 'supervisord.log'}"
        )

    def _begin(self) -> None:
        preflight.check_settings(self.settings)
        preflight.prepare_data(self.data, self.settings.limits.free_mb)
        self._hold_data()
        stages = [self._asked(servers(self.settings)), self._asked(programs(self.settings))]
        self._parts = {part.name: part for stage in stages for part in stage}
        if "worker-train" in self._parts:
            preflight.check_libraries()
        preflight.check_ports(self._parts.values())
        preflight.check_own_servers(self.settings)
        self._watch = Watch(self.data / "logs", self._parts, self._say)
        self._supervisor = Supervisor(
            self.data, list(self._parts.values()), environment(self.settings)
        )
        self._ending.callback(self._end)
        self._watch.start()
        for stage in stages:
            self._come_up(stage)

    def _hold_data(self) -> None:
        lock: TextIO = preflight.hold(self.data)
        self._ending.callback(lock.close)
        if previous := preflight.previous_supervisor(self.data):
            self._say(f"waiting for the stack before this one to stop (process {previous.pid})")
            preflight.await_end(previous)

    def _asked(self, stage: list[Part]) -> list[Part]:
        return [part for part in stage if self._only is None or part.name in self._only]

    def _come_up(self, stage: list[Part]) -> None:
        begun = time.monotonic()
        self._launch(stage)
        for part in stage:
            self.await_ready(part.name)
            place = f"127.0.0.1:{part.port}" if part.port else ""
            took = time.monotonic() - begun
            self._say(f"{part.name:<14} {took:5.1f} s   {part.awaits:<22} {place}".rstrip())

    def _launch(self, parts: list[Part]) -> None:
        for part in parts:
            part.before()
            self._supervisor.start(part.name)

    def _end(self) -> None:
        try:
            self._supervisor.stop()
        except KeyboardInterrupt:
            self._say("killing what still runs")
            self._supervisor.hurry()
        finally:
            self._watch.end()

    def _part(self, name: str) -> Part:
        if name not in self._parts:
            raise NotFound(f"no part {name!r} runs here; there are {', '.join(self._parts)}")
        return self._parts[name]

    def _not_ready(self, part: Part, why: str) -> Unavailable:
        path = self.data / "logs" / f"{part.name}.log"
        lines: deque[str] = deque(maxlen=LOG_LINES)
        if path.exists():
            with path.open(encoding="utf-8", errors="replace") as log:
                lines.extend(log)
        return Unavailable(f"{part.name} {why}; its log {path} ends:\n{''.join(lines).rstrip()}")
