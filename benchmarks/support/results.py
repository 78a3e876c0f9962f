"""Saves the results of benchmarks in a JSON file, which `benchmarks.compare` compares with another.

The file is build/benchmarks.json, or the file that the variable BENCHMARKS_JSON names. A benchmark
that runs again replaces its earlier results in the file.
"""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Annotated, Literal

import psutil
from pydantic import Field, computed_field

from core.records import Record

FILE = Path(os.environ.get("BENCHMARKS_JSON", "build/benchmarks.json"))
_CPU_INFO = Path("/proc/cpuinfo")


class Result(Record):
    """One figure of a benchmark, measured in at least one round."""

    name: str
    rounds: tuple[Annotated[float, Field(ge=0)], ...] = Field(min_length=1)
    unit: str
    better: Literal["higher", "lower"]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def value(self) -> float:
        """The median of all rounds."""
        return median(self.rounds)


class Machine(Record):
    """The machine on which a benchmark ran."""

    cpu: str
    cores: int
    memory_gb: int


class Run(Record):
    """All results of one run of a benchmark."""

    benchmark: str
    date: datetime
    commit: str
    machine: Machine
    results: tuple[Result, ...]


class ResultsFile(Record):
    """The latest run of each benchmark, sorted by name."""

    runs: tuple[Run, ...] = ()


def save_results(benchmark: str, results: Sequence[Result], file: Path = FILE) -> None:
    """Save the results of a benchmark; print the path of the file.

    Raises:
        ValueError: two results have the same name, or the file holds something else.
    """
    if len({result.name for result in results}) < len(results):
        raise ValueError(f"two results of benchmark {benchmark!r} have the same name")
    run = Run(
        benchmark=benchmark,
        date=datetime.now(UTC).replace(microsecond=0),
        commit=_commit(),
        machine=_machine(),
        results=tuple(results),
    )
    others = [other for other in load_runs(file) if other.benchmark != benchmark]
    runs = sorted([*others, run], key=lambda run: run.benchmark)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(ResultsFile(runs=tuple(runs)).model_dump_json(indent=1) + "\n")
    print(f"saved in {file}")


def load_runs(file: Path) -> tuple[Run, ...]:
    """Return the runs in a file; none if the file does not exist."""
    return ResultsFile.model_validate_json(file.read_text()).runs if file.exists() else ()


def _commit() -> str:
    """Return the commit of the working tree, marked if there are uncommitted changes."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=7", "--exclude=*"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def _machine() -> Machine:
    lines = _CPU_INFO.read_text().splitlines() if _CPU_INFO.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return Machine(
        cpu=names[0] if names else platform.machine(),
        cores=os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30),
    )
