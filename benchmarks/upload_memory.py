"""`python -m benchmarks.upload_memory`: peak memory of each process during a 500 MB upload."""

import tempfile
import zipfile
from pathlib import Path

from benchmarks.support import client_view, photos
from lookalike.client import Lookalike

MEGABYTES = 500
DISTINCT = 500


def main() -> None:
    """Send some images under many names, and print the peaks."""
    images = photos.generate_photos(DISTINCT)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "large.zip"
        count = _write(archive, images)
        with (
            client_view.new_stack(Path(folder) / "data") as stack,
            Lookalike(stack.url) as client,
            client_view.peak_memory_mb(stack) as peaks,
        ):
            took = client_view.ingest_s(client, archive, "large")
    print(f"{count} images, {archive.name} of {MEGABYTES} MB, imported in {took:.1f} s")
    for name, peak in peaks.items():
        print(f"  {name:<14} {peak:5} MB peak")


def _write(archive: Path, images: list[bytes]) -> int:
    count = 0
    with zipfile.ZipFile(archive, "w") as file:
        while archive.stat().st_size <= MEGABYTES * 1_000_000:
            file.writestr(f"{count:06}.jpg", images[count % len(images)])
            count += 1
    return count


if __name__ == "__main__":
    main()
