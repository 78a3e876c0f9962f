"""`python -m benchmarks.memory`: the most memory each process takes while a 500 MB zip comes in."""

import itertools
import tempfile
import threading
import zipfile
from collections import Counter
from pathlib import Path

from benchmarks import photos, served
from core.stack.stack import Stack
from lookalike.client import Lookalike

MEGABYTES = 500
DIFFERENT = 500
LOOK_S = 0.1


def main() -> None:
    """Draw some pictures, send them under many names, watch."""
    pictures = photos.photos(DIFFERENT)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "large.zip"
        count = _write(archive, pictures)
        with served.running(Path(folder) / "data") as stack, Lookalike(stack.url) as client:
            peaks, took = _watched(stack, client, archive)
    print(f"{count} pictures, {archive.name} of {MEGABYTES} MB, taken in {took:.1f} s")
    for name, peak in peaks.items():
        print(f"  {name:<14} {peak:5} MB at its peak")


def _write(archive: Path, pictures: list[bytes]) -> int:
    with zipfile.ZipFile(archive, "w") as packed:
        for number in itertools.count():
            packed.writestr(f"{number:06}.jpg", pictures[number % len(pictures)])
            if archive.stat().st_size > MEGABYTES * 1_000_000:
                return number + 1
    raise AssertionError


def _watched(stack: Stack, client: Lookalike, archive: Path) -> tuple[dict[str, int], float]:
    peaks: Counter[str] = Counter()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_S):
            for name, now in served.memory_mb(stack).items():
                peaks[name] = max(peaks[name], now)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        took = served.ingest_s(client, archive, "large")
    finally:
        done.set()
        thread.join()
    return dict(peaks), took


if __name__ == "__main__":
    main()
