"""Creates stacks and measures them from outside: ingest times and memory."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from core.settings import JobSettings, Ports, Settings
from embedded.stack import Stack
from lookalike.client import Lookalike
from lookalike.models import Job
from tests.support.servers import free_ports

SAMPLE_S = 0.1
THIS_PROCESS = "client"


def new_stack(data: Path, only: Collection[str] | None = None, **options: Any) -> Stack:
    """Return a stack on free ports, not yet started; `options` are further settings.

    Recipes are fitted only on request, since a fit would begin in the middle of a measurement.
    """
    ports = Ports(**free_ports(Ports.model_fields))
    options = {"jobs": JobSettings(fit_automatically=False)} | options
    return Stack(Settings(data=data, ports=ports, **options), only=only)


def ingest_s(
    client: Lookalike, archive: Path, collection: str, encoder: str | None = None
) -> float:
    """Return the seconds from the start of the upload until every image is searchable."""
    client.create_collection(collection, encoder)
    started = time.time()
    job = client.import_archive(archive, collection).wait()
    if job.state != "succeeded" or job.finished_at is None:
        raise RuntimeError(f"the ingest did not succeed: {job}")
    return job.finished_at.timestamp() - started  # excludes the delay until the last poll


def await_idle(client: Lookalike) -> None:
    """Wait until no job is left, also none that follows an import, such as similar lists."""
    while any(job.finished_at is None for job in client.jobs()):
        time.sleep(1)


def memory_mb(stack: Stack) -> dict[str, int]:
    """Return the resident memory of each process of the stack in MiB."""
    return {name: psutil.Process(pid).memory_info().rss >> 20 for name, pid in stack.pids().items()}


def cpu_s(stack: Stack) -> dict[str, float]:
    """Return the seconds of CPU that each process of the stack, and this one, have used so far."""
    pids = stack.pids() | {THIS_PROCESS: os.getpid()}
    times = {name: psutil.Process(pid).cpu_times() for name, pid in pids.items()}
    return {name: used.user + used.system for name, used in times.items()}


def peak_memory_mb(stack: Stack) -> AbstractContextManager[dict[str, int]]:
    """Record the peak memory in MiB of each process of the stack during a `with` block."""
    return peaks_of(partial(memory_mb, stack))


@contextmanager
def peaks_of(read: Callable[[], dict[str, int]]) -> Iterator[dict[str, int]]:
    """Record the highest of each of the values that `read` returns during a `with` block."""
    peaks: Counter[str] = Counter()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE_S):
            for name, memory in read().items():
                peaks[name] = max(peaks[name], memory)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        done.set()
        thread.join()


def wait_for_jobs(client: Lookalike, collection: str) -> None:
    """Wait until all jobs of a collection have ended that are not put off."""
    while any(map(_is_at_work, islice(client.jobs(collection), 50))):
        time.sleep(1)


def _is_at_work(job: Job) -> bool:
    return job.state == "running" or (job.state == "queued" and job.scheduled_for is None)
