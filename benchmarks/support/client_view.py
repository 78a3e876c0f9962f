"""What a client of a running stack sees: pictures a second in, milliseconds for a search."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
LOOK_S = 0.1
OWN = EncoderSettings()


@contextmanager
def running(data: Path, networks: EncoderSettings = OWN) -> Iterator[Stack]:
    """A stack of its own, on free ports."""
    with Stack(settings(data, encoders=networks)) as stack:
        yield stack


def settings(data: Path, **more: Any) -> Settings:
    """Those of a stack of its own, on free ports."""
    return Settings(data=data, ports=Ports(**free_ports(Ports.model_fields)), **more)


def ingest_s(
    client: Lookalike, archive: Path, collection: str, encoder: str | None = None
) -> float:
    """Seconds from the start of the upload until every picture can be found."""
    client.create_collection(collection, encoder)
    started = time.time()
    job = client.import_archive(archive, collection)
    while not job.state.final:
        time.sleep(POLL_S)
        job = client.job(job.id)
    if job.state != "succeeded" or job.finished_at is None:
        raise RuntimeError(f"the ingest ended {job.state}: {job}")
    return job.finished_at.timestamp() - started  # not when we looked: looking costs too


def search_ms(client: Lookalike, collection: str, queries: list[bytes]) -> list[float]:
    """Wall milliseconds of each search, one after the other."""
    return [timed_ms(lambda q=q: client.search(q, collection)) for q in queries]  # type: ignore[misc]


def cpu_s(stack: Stack) -> dict[str, float]:
    """Seconds of CPU that each process of the stack has used."""
    used = {name: psutil.Process(pid).cpu_times() for name, pid in stack.pids().items()}
    return {name: times.user + times.system for name, times in used.items()}


def memory_mb(stack: Stack) -> dict[str, int]:
    """Resident memory of each process of the stack."""
    return {name: psutil.Process(pid).memory_info().rss >> 20 for name, pid in stack.pids().items()}


def peaks_mb(stack: Stack, doing: Callable[[], T]) -> tuple[T, dict[str, int]]:
    """What it gives, and the most memory that each process of the stack took meanwhile."""
    peaks: Counter[str] = Counter()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_S):
            for name, now in memory_mb(stack).items():
                peaks[name] = max(peaks[name], now)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        return doing(), peaks
    finally:
        done.set()
        thread.join()
