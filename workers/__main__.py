"""`python -m workers QUEUE`: start a worker for one queue."""

import argparse

from core.jobs import QUEUES
from core.observability import tracing
from workers.app import app

THREADS = {"search": 2, "embed": 2, "train": 1}


def main() -> None:
    """Run a worker until a signal stops it."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("queue", choices=QUEUES)
    parser.add_argument("--name", help="name in Flower (default: the name of the queue)")
    args = parser.parse_args()
    tracing.install(f"lookalike-{args.queue}")
    app.worker_main(["worker", *celery_options(args.queue, args.name or args.queue)])


def celery_options(queue: str, name: str) -> list[str]:
    """Return the command-line options of a Celery worker."""
    options = ["-Q", queue, "-n", f"{name}@%h", "-P", "threads", "-c", str(THREADS[queue])]
    return [*options, "-E", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]


if __name__ == "__main__":
    main()
