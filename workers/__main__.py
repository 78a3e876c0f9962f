"""`python -m workers QUEUE`: a worker of one queue, the one way it is started."""

import argparse

from core.jobs import QUEUES
from core.observability import tracing
from workers.app import app

THREADS = {"search": 2, "embed": 2, "train": 1}


def main() -> None:
    """Work until a signal."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("queue", choices=QUEUES)
    parser.add_argument("--name", help="how Flower calls it, else as its queue")
    asked = parser.parse_args()
    tracing.install(f"lookalike-{asked.queue}")
    app.worker_main(["worker", *options(asked.queue, asked.name or asked.queue)])


def options(queue: str, name: str) -> list[str]:
    """What Celery is told."""
    taken = ["-Q", queue, "-n", f"{name}@%h", "-P", "threads", "-c", str(THREADS[queue])]
    return [*taken, "-E", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]


if __name__ == "__main__":
    main()
