"""`python -m benchmarks.upload_memory`: peak memory of each process during a 500 MB upload."""

import itertools
import tempfile
import zipfile
from pathlib import Path

from benchmarks.support import client_view, photos
from lookalike.client import Lookalike

MEGABYTES = 500
DISTINCT = 500


def main() -> None:
    """Send some images under many names, and watch memory."""
    images = photos.generate_photos(DISTINCT)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "large.zip"
        count = _write(archive, images)
        with client_view.run_stack(Path(folder) / "data") as stack, Lookalike(stack.url) as client:
            took, peaks = client_view.peaks_mb(
                stack, lambda: client_view.ingest_s(client, archive, "large")
            )
    print(f"{count} images, {archive.name} of {MEGABYTES} MB, imported in {took:.1f} s")
    for name, peak in peaks.items():
        print(f"  {name:<14} {peak:5} MB peak")


def _write(archive: Path, images: list[bytes]) -> int:
    with zipfile.ZipFile(archive, "w") as file:
        for number in itertools.count():
            file.writestr(f"{number:06}.jpg", images[number % len(images)])
            if archive.stat().st_size > MEGABYTES * 1_000_000:
                return number + 1
    raise AssertionError


if __name__ == "__main__":
    main()
