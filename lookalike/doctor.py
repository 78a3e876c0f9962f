"""Checks of the server and this machine, with a suggested fix for each problem."""

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.errors import LookalikeError, NotReachable, ServerProblem

if TYPE_CHECKING:
    from lookalike.client import Lookalike

_GIGABYTE = 1_000_000_000
_MIN_FREE_BYTES = 2 * _GIGABYTE
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_MIN_FREE_INODES = 10_000
_STORE_FIX = "make sure that the server can write to its store, LOOKALIKE_STORE_URL or data/store"
_LOGS = "logs/ in the server's data folder"


@dataclass(frozen=True)
class Check:
    """The result of a check; `fix` says what to do, or is empty if nothing is wrong."""

    name: str
    result: str
    fix: str = ""

    @property
    def ok(self) -> bool:
        """Whether there is nothing to fix."""
        return not self.fix


def run_checks(server: "Lookalike", data: Path | None) -> Iterator[Check]:
    """Check versions, the server with its processes and weights, and the disk that holds `data`."""
    yield Check("python", platform.python_version())
    yield Check("lookalike", version("lookalike"))
    yield from _check_server(server)
    if data is not None:
        yield _check_disk(data)
        yield from _check_inodes(data)


def _check_server(server: "Lookalike") -> Iterator[Check]:
    try:
        yield _check_version(server)
        yield from _check_parts(server)
        yield from _check_weights(server)
    except NotReachable as error:
        fix = "start a server with `lookalike up`, or set --url or LOOKALIKE_URL"
        yield Check("server", str(error).partition(";")[0], fix)
    except ServerProblem as problem:
        yield _refusal(problem)


def _refusal(problem: ServerProblem) -> Check:
    """Return the failed check: "API key" if the server rejected the key, otherwise "requests"."""
    if problem.status in {_UNAUTHORIZED, _FORBIDDEN}:
        fix = "set LOOKALIKE_KEY or --key to an API key; `lookalike keys create` makes one"
        return Check("API key", problem.detail, fix)
    return Check("requests", problem.detail, f"see the API's log in {_LOGS}")


def _check_version(server: "Lookalike") -> Check:
    remote, local = server.version(), version("lookalike")
    fix = "" if remote == local else f'pip install "lookalike=={remote}", or update the server'
    return Check("server", f"{server.url}, version {remote}", fix)


def _check_parts(server: "Lookalike") -> Iterator[Check]:
    parts, notes = server.parts_and_notes()
    for name, state in parts.items():
        is_down = f"check that {name} is running; its log is in {_LOGS}"
        fix = _STORE_FIX if name == "store" else is_down
        yield Check(name, state, notes.get(name, "") if state == "ok" else fix)


def _check_weights(server: "Lookalike") -> Iterator[Check]:
    used = {collection.encoder for collection in server.collections()}
    for encoder in server.encoders():
        name = f"weights of {encoder.name}"
        if encoder.weights == "wrong" or (encoder.name in used and encoder.weights != "present"):
            fix = encoder.detail or f"run `lookalike weights fetch {encoder.name}`"
            yield Check(name, encoder.weights, fix)
        elif encoder.weights == "present":
            yield Check(name, "present")


def _check_disk(data: Path) -> Check:
    try:
        free = shutil.disk_usage(data).free
    except OSError as exc:
        raise LookalikeError(f"{data} cannot be read: {exc.strerror}") from exc
    fix = "free some space, or set LOOKALIKE_DATA to a folder on another disk"
    result = f"{free / _GIGABYTE:.1f} GB free for {data}"
    return Check("disk", result, fix if free < _MIN_FREE_BYTES else "")


def _check_inodes(data: Path) -> Iterator[Check]:
    """Check for free inodes, which new files need; some file systems have no limit."""
    usage = os.statvfs(data)
    if usage.f_files:
        fix = "delete files, or set LOOKALIKE_DATA to a folder on another disk"
        result = f"{usage.f_favail:,} files can be created in {data}"
        yield Check("inodes", result, fix if usage.f_favail < _MIN_FREE_INODES else "")
