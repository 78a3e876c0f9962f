"""`python -m benchmarks.startup`: seconds until the stack is ready, and its memory when idle.

The first start converts the network of the default encoder, later starts do not. USS is the memory
that would be free if the process ended; PSS also counts its share of the memory it shares.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.support import client_view
from benchmarks.support.results import Result, save_results
from core.settings import MEBIBYTE
from embedded.stack import Stack

ROUNDS = 5
SETTLE_S = 5
TARGET_S = 8
LIBRARIES = (
    "numpy", "pandas", "scipy.sparse", "pyarrow", "pymilvus", "core.vectors.milvus_client",
    "openvino", "tensorflow", "celery", "redis", "fastapi", "PIL.Image", "grpc", "obstore",
    "implicit", "surprise", "flower.app",
)  # fmt: skip
_IMPORT = """
import importlib, psutil, sys, time
process, started = psutil.Process(), time.perf_counter()
before = process.memory_full_info().uss
importlib.import_module(sys.argv[1])
print((time.perf_counter() - started) * 1000, process.memory_full_info().uss - before)
"""


@dataclass(frozen=True)
class Start:
    """How long a stack took to start and to stop, and the memory of its processes by name."""

    ready_s: float
    stop_s: float
    uss_mb: dict[str, float]
    pss_mb: dict[str, float]


def main() -> None:
    """Start and stop a stack several times, then import each large library."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        first, *later = [_start(Path(folder) / "data") for _ in range(rounds + 1)]
    _print_start(first, later)
    for library in LIBRARIES:
        ms, mb = _import(library)
        print(f"  import {library:<28}{ms:>7.0f} ms{mb:>7.0f} MB")
    save_results("startup", _results(first, later))


def _start(data: Path) -> Start:
    started = time.perf_counter()
    stack = client_view.new_stack(data)
    with stack:
        ready_s = time.perf_counter() - started
        time.sleep(SETTLE_S)
        uss_mb, pss_mb = _memory(stack, "uss"), _memory(stack, "pss")
        started = time.perf_counter()
    return Start(ready_s, time.perf_counter() - started, uss_mb, pss_mb)


def _memory(stack: Stack, kind: str) -> dict[str, float]:
    """Return USS or PSS of each process in MiB."""
    return {
        name: getattr(psutil.Process(pid).memory_full_info(), kind) / MEBIBYTE
        for name, pid in stack.pids().items()
    }


def _import(library: str) -> tuple[float, float]:
    """Import a library in a process of its own; return the milliseconds and MiB that it took."""
    command = [sys.executable, "-c", _IMPORT, library]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    ms, size = map(float, done.stdout.split()[-2:])
    return ms, size / MEBIBYTE


def _print_start(first: Start, later: list[Start]) -> None:
    ready = ", ".join(f"{start.ready_s:.1f}" for start in later)
    print(f"ready after {first.ready_s:.1f} s with conversion, then {ready} s; target {TARGET_S}")
    print(f"stopped after {', '.join(f'{start.stop_s:.1f}' for start in later)} s")
    print(f"  {'memory when idle, MB':<24}{'USS':>7}{'PSS':>7}")
    for name, uss in later[-1].uss_mb.items():
        print(f"  {name:<24}{uss:>7.0f}{later[-1].pss_mb[name]:>7.0f}")
    total = [sum(memory.values()) for memory in (later[-1].uss_mb, later[-1].pss_mb)]
    print(f"  {'all':<24}{total[0]:>7.0f}{total[1]:>7.0f}")


def _results(first: Start, later: list[Start]) -> list[Result]:
    def result(name: str, rounds: list[float], unit: str) -> Result:
        return Result(name=name, rounds=tuple(rounds), unit=unit, better="lower")

    memory = {name: [start.uss_mb[name] for start in later] for name in later[0].uss_mb}
    return [
        result("first start", [first.ready_s], "s"),
        result("start", [start.ready_s for start in later], "s"),
        result("stop", [start.stop_s for start in later], "s"),
        result("idle memory, all", [sum(start.uss_mb.values()) for start in later], "MB"),
        *(result(f"idle memory, {name}", rounds, "MB") for name, rounds in memory.items()),
    ]


if __name__ == "__main__":
    main()
