"""`python -m workers search|embed|train`: start a worker."""

import argparse

from core.jobs import WORKERS
from core.observability import tracing
from workers.app import app

THREADS = {"search": 2, "embed": 2, "train": 1}


def main() -> None:
    """Run a worker until a signal stops it."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("worker", choices=WORKERS)
    parser.add_argument("--name", help="name in Flower (default: the kind of worker)")
    args = parser.parse_args()
    tracing.install(f"lookalike-{args.worker}")
    app.worker_main(["worker", *celery_options(args.worker, args.name or args.worker)])


def celery_options(worker: str, name: str) -> list[str]:
    """Return the command-line options of a Celery worker."""
    queues, threads = ",".join(WORKERS[worker]), str(THREADS[worker])
    options = ["-Q", queues, "-n", f"{name}@%h", "-P", "threads", "-c", threads]
    return [*options, "-E", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]


if __name__ == "__main__":
    main()
