"""`python -m benchmarks.compare OLD NEW`: tells what became worse by more than the noise.

OLD and NEW are files that benchmarks have saved, or folders of such files, whose rounds are pooled.
To include how the speed of the machine itself varies, run both versions in turn, and compare the
two folders.

For each figure, the ratio of the medians of all rounds is compared with 1. Its 95 % interval comes
from a bootstrap: rounds are drawn again at random, with replacement, on each side by itself. A
figure is worse if the whole interval is on the worse side of 1, and the ratio differs from 1 by
more than the tolerance. Fewer than three rounds are not judged. The exit code is 1 if any figure
is worse.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.results import Machine, Result, Run, load_runs

MIN_ROUNDS = 3
TOLERANCE = 0.05
_DRAWS = 10_000
_INTERVAL = (0.025, 0.975)

Key = tuple[str, str]
"""The names of a benchmark and of a figure."""
Verdict = Literal["worse", "better", "same", "too few rounds", "only in OLD", "only in NEW"]


@dataclass(frozen=True)
class Comparison:
    """One figure in both files; the ratio is new / old, with its 95 % interval."""

    key: Key
    old: Result | None
    new: Result | None
    ratio: float
    low: float
    high: float
    verdict: Verdict

    def __str__(self) -> str:
        name = f"{self.key[0]}: {self.key[1]}"
        old, new = (f"{side.value:.4g}" if side else "-" for side in (self.old, self.new))
        unit = (self.new or self.old).unit  # type: ignore[union-attr]
        interval = "" if np.isnan(self.low) else f"{self.low:.2f} to {self.high:.2f}"
        ratio = "" if np.isnan(self.ratio) else f"{self.ratio:.2f}"
        return f"{name:<62}{old:>10}{new:>10} {unit:<12}{ratio:>6}  {interval:<14}{self.verdict}"


def main(arguments: list[str]) -> int:
    """Print the comparison; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--tolerance", type=float, default=TOLERANCE)
    options = parser.parse_args(arguments)
    old, new = (read_runs(path) for path in (options.old, options.new))
    for line in _headings(old, new):
        print(line)
    comparisons = compare(old, new, options.tolerance)
    for comparison in comparisons:
        print(comparison)
    worse = sum(comparison.verdict == "worse" for comparison in comparisons)
    print(f"{worse} of {len(comparisons)} figures became worse by more than the noise")
    return 1 if worse else 0


def read_runs(path: Path) -> list[Run]:
    """Return the runs in a file, or in all JSON files of a folder.

    Raises:
        SystemExit: there are no results at this path.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    runs = [run for file in files for run in load_runs(file)]
    if not runs:
        sys.exit(f"there are no results in {path}")
    return runs


def compare(old: list[Run], new: list[Run], tolerance: float = TOLERANCE) -> list[Comparison]:
    """Compare each figure of the old and the new runs, sorted by benchmark."""
    old_results, new_results = _pool(old), _pool(new)
    keys = dict.fromkeys([*old_results, *new_results])
    return [
        _compare(key, old_results.get(key), new_results.get(key), tolerance)
        for key in sorted(keys, key=lambda key: key[0])
    ]


def _pool(runs: list[Run]) -> dict[Key, Result]:
    """Return each figure with the rounds of all runs."""
    pooled: dict[Key, Result] = {}
    for run in runs:
        for result in run.results:
            key = run.benchmark, result.name
            earlier = pooled[key].rounds if key in pooled else ()
            pooled[key] = result.model_copy(update={"rounds": earlier + result.rounds})
    return pooled


def _compare(key: Key, old: Result | None, new: Result | None, tolerance: float) -> Comparison:
    nan = float("nan")
    if old is None or new is None:
        only: Verdict = "only in OLD" if old else "only in NEW"
        return Comparison(key, old, new, nan, nan, nan, only)
    ratio = float(_ratios(np.array([new.value]), np.array([old.value]))[0])
    if min(len(old.rounds), len(new.rounds)) < MIN_ROUNDS:
        return Comparison(key, old, new, ratio, nan, nan, "too few rounds")
    low, high = interval(old.rounds, new.rounds)
    verdict: Verdict = "same"
    if abs(ratio - 1) > tolerance and (low > 1 or high < 1):
        verdict = "better" if (ratio > 1) == (new.better == "higher") else "worse"
    return Comparison(key, old, new, ratio, low, high, verdict)


def interval(old: tuple[float, ...], new: tuple[float, ...]) -> tuple[float, float]:
    """Return the 95 % interval of median(new) / median(old)."""
    random = np.random.default_rng(0)
    medians = [
        np.median(random.choice(np.array(side), (_DRAWS, len(side))), axis=1) for side in (new, old)
    ]
    low, high = np.quantile(_ratios(*medians), _INTERVAL, method="inverted_cdf")
    return float(low), float(high)


def _ratios(new: NDArray[np.float64], old: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return new / old, where 0 / 0 is 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(new == old, 1.0, new / old)


def _headings(old: list[Run], new: list[Run]) -> Iterator[str]:
    for name, runs in (("OLD", old), ("NEW", new)):
        for commit, date in sorted({(run.commit, f"{run.date:%Y-%m-%d}") for run in runs}):
            yield f"{name}: commit {commit}, {date}"
    machines: set[Machine] = {run.machine for run in [*old, *new]}
    if len(machines) > 1:
        yield "the results come from different machines, so the differences may be theirs:"
        yield from sorted(f"  {m.cpu}, {m.cores} cores, {m.memory_gb} GB" for m in machines)
    yield f"{'figure':<62}{'old':>10}{'new':>10} {'unit':<12}{'ratio':>6}  {'95 % interval':<14}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
