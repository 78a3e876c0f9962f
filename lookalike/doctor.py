"""What a server and this machine are like, what is wrong, and how to mend it."""

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
_LEAST_FREE = 2 * _GIGABYTE
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_LOGS = "in logs/ of the server's data"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `mend` says what to do, and is empty where all is well."""

    what: str
    found: str
    mend: str = ""

    @property
    def well(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.mend


def examine(server: "Lookalike", data: Path | None) -> Iterator[Finding]:
    """Look at versions, the server with its parts and weights, and the disk of `data`."""
    yield Finding("python", platform.python_version())
    yield Finding("lookalike", version("lookalike"))
    yield from _server(server)
    if data is not None:
        yield _disk(data)


def _server(server: "Lookalike") -> Iterator[Finding]:
    try:
        yield _version(server)
        yield from _parts(server)
        yield from _weights(server)
    except NotReachable as error:
        mend = "start it with `lookalike up`, or name another with --url or LOOKALIKE_URL"
        yield Finding("server", str(error).partition(";")[0], mend)
    except ServerProblem as problem:
        yield _refused(problem)


def _refused(problem: ServerProblem) -> Finding:
    """Return what is wrong where the server answers: with the key, or within it."""
    if problem.status in {_UNAUTHORIZED, _FORBIDDEN}:
        mend = (
            "set LOOKALIKE_KEY to a key, or name it with --key; `lookalike keys create` makes one"
        )
        return Finding("key", problem.detail, mend)
    return Finding("answers", problem.detail, f"see the log of the API, {_LOGS}")


def _version(server: "Lookalike") -> Finding:
    there, here = server.version(), version("lookalike")
    mend = "" if there == here else f'pip install "lookalike=={there}", or update the server'
    return Finding("server", f"{server.url}, version {there}", mend)


def _parts(server: "Lookalike") -> Iterator[Finding]:
    for name, state in server.parts().items():
        mend = f"is {name} running? its log is {_LOGS}"
        yield Finding(name, state, "" if state == "ok" else mend)


def _weights(server: "Lookalike") -> Iterator[Finding]:
    used = {one.encoder for one in server.collections()}
    for encoder in server.encoders():
        if encoder.weights == "wrong" or (encoder.name in used and encoder.weights != "present"):
            mend = encoder.detail or f"lookalike weights fetch {encoder.name}"
            yield Finding(f"weights of {encoder.name}", encoder.weights, mend)
        elif encoder.weights == "present":
            yield Finding(f"weights of {encoder.name}", "present")


def _disk(data: Path) -> Finding:
    try:
        free = shutil.disk_usage(data).free
    except OSError as exc:
        raise LookalikeError(f"{data} cannot be read: {exc.strerror}") from exc
    mend = "free some space, or move LOOKALIKE_DATA to another disk"
    found = f"{free / _GIGABYTE:.1f} GB free for {data}"
    return Finding("disk", found, mend if free < _LEAST_FREE else "")
