"""`python -m benchmarks.upload_memory`: peak memory of each process during a 500 MB upload."""

import itertools
import tempfile
import zipfile
from pathlib import Path

from benchmarks.support import client_view, photos
from lookalike.client import Lookalike

MEGABYTES = 500
DIFFERENT = 500


def main() -> None:
    """Draw some pictures, send them under many names, watch."""
    pictures = photos.photos(DIFFERENT)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "large.zip"
        count = _write(archive, pictures)
        with client_view.running(Path(folder) / "data") as stack, Lookalike(stack.url) as client:
            took, peaks = client_view.peaks_mb(
                stack, lambda: client_view.ingest_s(client, archive, "large")
            )
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


if __name__ == "__main__":
    main()
