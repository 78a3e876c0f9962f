"""`python -m tests.faults.campaign`: many runs, a line each. Exits with 1 if an invariant broke."""

import argparse
import sys
import tempfile
from pathlib import Path

from embedded.stack import Stack
from tests.faults.campaign.run import LONG, SHORT, run_campaign
from tests.faults.campaign.table import HEAD, format_kills, format_row
from tests.support.stack_settings import WHOLE, make_settings


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.faults.campaign", description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="as in `make test`")
    args = parser.parse_args()
    size = SHORT if args.short else LONG
    with tempfile.TemporaryDirectory(prefix="lookalike-faults-") as data:
        runs = _run_seeds(Path(data), range(args.first, args.first + args.seeds), size)
    _print(format_kills(runs))
    _print(f"{sum(not run.violation for run in runs)} of {len(runs)} runs: all held")
    return int(any(run.violation for run in runs))


def _run_seeds(data, seeds, size):
    _print(HEAD)
    runs = []
    with Stack(make_settings(data, **WHOLE)) as stack:
        for seed in seeds:
            runs.append(run_campaign(stack, seed, size))
            _print(format_row(runs[-1]))
            if runs[-1].violation:
                _copy_logs(data, seed)
    return runs


def _print(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _copy_logs(data, seed):
    """Copy the logs of a run that broke an invariant."""
    folder = Path(tempfile.gettempdir()) / f"lookalike-faults-logs-{seed}"
    folder.mkdir(exist_ok=True)
    for log in (data / "logs").iterdir():
        (folder / log.name).write_bytes(log.read_bytes())
    _print(f"      its logs are in {folder}")


if __name__ == "__main__":
    sys.exit(main())
