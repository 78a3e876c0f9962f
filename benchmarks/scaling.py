"""`python -m benchmarks.scaling`: one ingest by 1, 2, 4 and 8 embed workers.

Their network sleeps a fixed time, so that what is measured is how the job is shared out, not how
many cores this machine has. Half an hour at most; prints as it goes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.support import client_view, photos
from benchmarks.support.fixed_delay_worker import IMAGE_S
from core.settings import JobSettings, Settings
from embedded.environment import environment
from embedded.processes import NAMES
from embedded.stack import Stack
from lookalike.client import Lookalike
from workers.app import make_app

IMAGES, CHUNK = 1_024, 16
WORKERS = (1, 2, 4, 8)
THREADS = 2  # of a worker: one prepares while the other's pictures are in the network
TARGETS = {4: 0.9, 8: 0.8}
START_S = 120


def main() -> None:
    """Ingest the same pictures with ever more workers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling")
    parser.add_argument("--images", type=int, default=IMAGES)
    images = parser.parse_args().images
    print(f"{images} pictures in steps of {CHUNK}, {IMAGE_S} s each in the network")
    print(f"{'workers':>8}{'seconds':>10}{'pictures/s':>12}{'of linear':>11}")
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "pictures.zip"
        photos.write_zip(archive, photos.photos(images))
        alone = 0.0
        for count in WORKERS:
            took = _took(Path(folder) / str(count), archive, count)
            alone = alone or took
            share = alone / took / count
            target = f"   (target {TARGETS[count]})" if count in TARGETS else ""
            print(
                f"{count:>8}{took:>10.1f}{images / took:>12.1f}{share:>11.2f}{target}", flush=True
            )


def _took(data: Path, archive: Path, count: int) -> float:
    jobs = JobSettings(chunk=CHUNK, window=count * THREADS)
    settings = client_view.settings(data, jobs=jobs)
    rest = [name for name in NAMES if not name.startswith(("worker-embed", "flower"))]
    # the API is ready when there are workers, and those wait for their broker
    with (
        _workers(settings, count),
        Stack(settings, only=rest) as stack,
        Lookalike(stack.url) as client,
    ):
        _await(settings, count)
        return client_view.ingest_s(client, archive, "shop")


@contextmanager
def _workers(settings: Settings, count: int) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.support.fixed_delay_worker"]
    running = [
        subprocess.Popen([*command, f"embed-{n}"], env=os.environ | environment(settings),
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for n in range(count)
    ]  # fmt: skip
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.wait()


def _await(settings: Settings, count: int) -> None:
    """Until every worker answers, and those of the stack that do so too."""
    control, until = make_app(settings).control, time.monotonic() + START_S
    while time.monotonic() < until:
        if len(control.ping(timeout=1.0) or []) >= count + 2:
            return
    raise TimeoutError("the workers did not start")


if __name__ == "__main__":
    main()
