"""`python -m workers search|embed|train`: start a worker."""

import argparse
import sys

from core.command_line import exit_if_settings_are_invalid, run_cli
from core.jobs import WORKERS
from core.observability import tracing
from core.settings import Settings
from core.storage import open_backend

THREADS = {"search": 2, "embed": 2, "train": 1}


def main() -> None:
    """Run a worker until a signal stops it."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("worker", choices=WORKERS)
    parser.add_argument("--name", help="name in Flower (default: the kind of worker)")
    args = parser.parse_args()
    exit_if_settings_are_invalid()
    if code := run_cli(_open_store):
        sys.exit(code)
    tracing.install(f"lookalike-{args.worker}")
    sys.exit(run(args.worker, args.name or args.worker))


def _open_store() -> int:
    """Check the store's URL, which would fail in every task; a bucket is not contacted yet."""
    open_backend(Settings().store)
    return 0


def run(worker: str, name: str) -> int:
    """Run a Celery worker until a signal stops it; return the exit code.

    Celery's command line would import Flower and a prompt first: 15 MB and a tenth of a second.
    """
    from workers.app import app

    controller = app.Worker(
        hostname=f"{name}@",  # Celery adds the host
        queues=WORKERS[worker],
        pool="threads",
        concurrency=THREADS[worker],
        task_events=True,
        without_gossip=True,
        without_mingle=True,
        loglevel="INFO",
    )
    controller.start()
    return controller.exitcode or 0


if __name__ == "__main__":
    main()
