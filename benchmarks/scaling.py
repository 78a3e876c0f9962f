"""`python -m benchmarks.scaling`: the same ingest with 1, 2, 4 and 8 embed workers.

Their encoder sleeps a fixed time per image; the results depend on how well the job is distributed,
not on the number of cores. Takes up to half an hour; prints each result as soon as it is known.
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
from lookalike.client import Lookalike
from workers.app import make_app

IMAGES, CHUNK = 1_024, 16
WORKERS = (1, 2, 4, 8)
THREADS = 2  # per worker: one decodes images while the other encodes
TARGETS = {4: 0.9, 8: 0.8}
START_S = 120


def main() -> None:
    """Ingest the same images with each number of workers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES)
    images = parser.parse_args().images
    print(f"{images} images in chunks of {CHUNK}, {IMAGE_S} s each in the encoder")
    print(f"{'workers':>8}{'seconds':>10}{'images/s':>12}{'of linear':>11}")
    with tempfile.TemporaryDirectory() as folder:
        archive = photos.write_zip(Path(folder) / "images.zip", photos.generate_photos(images))
        single_s = 0.0
        for count in WORKERS:
            took = _measure(Path(folder) / str(count), archive, count)
            single_s = single_s or took
            efficiency = single_s / took / count
            target = f"   (target {TARGETS[count]})" if count in TARGETS else ""
            rates = f"{images / took:>12.1f}{efficiency:>11.2f}{target}"
            print(f"{count:>8}{took:>10.1f}{rates}", flush=True)


def _measure(data: Path, archive: Path, count: int) -> float:
    jobs = JobSettings(chunk_size=CHUNK, max_queued_steps=count * THREADS)
    others = [name for name in NAMES if not name.startswith(("worker-embed", "flower"))]
    stack = client_view.new_stack(data, only=others, jobs=jobs)
    # workers first: they wait for the broker, and the API is not ready without them
    with _run_workers(stack.settings, count), stack, Lookalike(stack.url) as client:
        _wait_for_workers(stack.settings, count)
        return client_view.ingest_s(client, archive, "shop")


@contextmanager
def _run_workers(settings: Settings, count: int) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.support.fixed_delay_worker"]
    processes = [
        subprocess.Popen([*command, f"embed-{n}"], env=os.environ | environment(settings),
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for n in range(count)
    ]  # fmt: skip
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _wait_for_workers(settings: Settings, count: int) -> None:
    """Wait until every worker answers, including worker-search and worker-train."""
    control, until = make_app(settings).control, time.monotonic() + START_S
    while time.monotonic() < until:
        if len(control.ping(timeout=1.0) or []) >= count + 2:
            return
    raise TimeoutError(f"the workers did not start within {START_S} s")


if __name__ == "__main__":
    main()
