"""`python -m benchmarks.sales SALES.csv.gz`: time from a sales file to published lists.

Before the measurement, every SKU of the file gets a small random image.
"""

import csv
import gzip
import io
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.support import client_view
from lookalike.client import Lookalike
from lookalike.models import Job

TARGET_S = 60


def main(sales: Path) -> None:
    """Ingest images, send the file, wait for the lists, and print the durations."""
    with gzip.open(sales, "rt", encoding="utf-8") as file:
        skus = sorted({row["sku"] for row in csv.DictReader(file)})
    with tempfile.TemporaryDirectory() as folder:
        _measure(sales, Path(folder), skus)


def _measure(sales: Path, folder: Path, skus: list[str]) -> None:
    archive = write_images(folder / "images.zip", skus)
    with client_view.new_stack(folder / "data") as stack, Lookalike(stack.url) as client:
        client_view.ingest_s(client, archive, "shop")
        recommender, started = client.recommender("shop"), time.time()
        imported = recommender.add_sales(sales).wait()
        training = client.job((imported.result or {})["training"]).wait()
        took = (training.finished_at.timestamp() if training.finished_at else 0) - started
        report = recommender.state().report or {}
        memory = client_view.memory_mb(stack)["worker-train"]
    print(f"{(imported.result or {})['rows']:,} order lines, {len(skus):,} items with images")
    print(f"  uploaded and imported    {_seconds(imported):8.1f} s")
    print(
        f"  trained and published    {_seconds(training):8.1f} s, {training.progress.done:,} lists"
    )
    for stage, seconds in report.get("seconds", {}).items():
        print(f"    {stage:<22} {seconds:8.1f} s")
    print(f"  from file to lists       {took:8.1f} s   (target {TARGET_S})")
    print(f"  worker-train             {memory:8} MB")


def write_images(archive: Path, skus: list[str]) -> Path:
    """Write an archive with a small random image for each SKU; return its path."""
    rng = np.random.default_rng(1)
    with zipfile.ZipFile(archive, "w") as file:
        for sku in skus:
            pixels = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
            data = io.BytesIO()
            Image.fromarray(pixels).resize((64, 64)).save(data, "JPEG")
            file.writestr(f"{sku}.jpg", data.getvalue())
    return archive


def _seconds(job: Job) -> float:
    if job.started_at is None or job.finished_at is None:
        raise RuntimeError(f"the job has not ended: {job}")
    return (job.finished_at - job.started_at).total_seconds()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
