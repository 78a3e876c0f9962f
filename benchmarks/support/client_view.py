"""Runs a stack and measures it from outside: ingest and search times, and memory."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psutil

from benchmarks.support.bare_inference import timed_ms
from core.settings import EncoderSettings, Ports, Settings
from embedded.stack import Stack
from lookalike.client import Lookalike
from tests.support.servers import free_ports

T = TypeVar("T")
POLL_S = 0.5
SAMPLE_S = 0.1
DEFAULT_ENCODERS = EncoderSettings()


@contextmanager
def run_stack(data: Path, encoders: EncoderSettings = DEFAULT_ENCODERS) -> Iterator[Stack]:
    """Run a stack on free ports."""
    with Stack(settings(data, encoders=encoders)) as stack:
        yield stack


def settings(data: Path, **options: Any) -> Settings:
    """Return the settings of a stack on free ports."""
    return Settings(data=data, ports=Ports(**free_ports(Ports.model_fields)), **options)


def ingest_s(
    client: Lookalike, archive: Path, collection: str, encoder: str | None = None
) -> float:
    """Return the seconds from the start of the upload until every image can be found."""
    client.create_collection(collection, encoder)
    started = time.time()
    job = client.import_archive(archive, collection)
    while not job.state.final:
        time.sleep(POLL_S)
        job = client.job(job.id)
    if job.state != "succeeded" or job.finished_at is None:
        raise RuntimeError(f"the ingest ended with state {job.state}: {job}")
    return job.finished_at.timestamp() - started  # not the time of the last poll


def search_ms(client: Lookalike, collection: str, queries: list[bytes]) -> list[float]:
    """Search sequentially; return the wall time of each search in milliseconds."""
    return [timed_ms(partial(client.search, query, collection)) for query in queries]


def memory_mb(stack: Stack) -> dict[str, int]:
    """Return the resident memory of each process of the stack."""
    return {name: psutil.Process(pid).memory_info().rss >> 20 for name, pid in stack.pids().items()}


def peaks_mb(stack: Stack, work: Callable[[], T]) -> tuple[T, dict[str, int]]:
    """Run `work`; return its result and the peak memory of each process of the stack."""
    peaks: Counter[str] = Counter()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE_S):
            for name, memory in memory_mb(stack).items():
                peaks[name] = max(peaks[name], memory)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        return work(), peaks
    finally:
        done.set()
        thread.join()
