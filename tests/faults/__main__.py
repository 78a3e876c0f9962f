"""`python -m tests.faults`: many runs, a line each. Exit code 1 if anything did not hold."""

import argparse
import sys
import tempfile
from pathlib import Path

from embedded.stack import Stack
from tests.faults.campaign import LONG, SHORT, run
from tests.faults.table import HEAD, kills, row
from tests.support.stack_settings import make_settings


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="as in `make test`")
    asked = parser.parse_args()
    size = SHORT if asked.short else LONG
    with tempfile.TemporaryDirectory(prefix="lookalike-faults-") as data:
        runs = _runs(Path(data), range(asked.first, asked.first + asked.seeds), size)
    _say(kills(runs))
    _say(f"{sum(not one.broken for one in runs)} of {len(runs)} runs: all held")
    return int(any(one.broken for one in runs))


def _runs(data, seeds, size):
    _say(HEAD)
    runs = []
    with Stack(make_settings(data)) as stack:
        for seed in seeds:
            runs.append(run(stack, seed, size))
            _say(row(runs[-1]))
            if runs[-1].broken:
                _keep_logs(data, seed)
    return runs


def _say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _keep_logs(data, seed):
    """What the parts said in a run in which something did not hold."""
    kept = Path(tempfile.gettempdir()) / f"lookalike-faults-logs-{seed}"
    kept.mkdir(exist_ok=True)
    for log in (data / "logs").iterdir():
        (kept / log.name).write_bytes(log.read_bytes())
    _say(f"      logs are kept in {kept}")


if __name__ == "__main__":
    sys.exit(main())
