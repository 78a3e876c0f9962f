"""`python -m benchmarks.large_shop`: 50,000 items, 100,000 customers, 1,000,000 order lines.

Imports the images in ten archives, fits the recipe, then imports the sales, and trains. Prints how
long each phase took, how long a client that asks all the time waited for answers during the phase,
and the peak memory of each process. `--scale 0.1` makes everything a tenth as large.
"""

import argparse
import io
import statistics
import tempfile
import threading
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import numpy as np
import pandas as pd
from PIL import Image

from benchmarks.support import client_view, photos
from benchmarks.support.results import Result, save_results
from lookalike.client import Lookalike
from lookalike.models import Job

ITEMS, CUSTOMERS, LINES = 50_000, 100_000, 1_000_000
ARCHIVES = 10
LINES_PER_ORDER = 3
DAYS = 730
CANVASES, CANVAS = 50, (1600, 2132)
"""Each photo is a part of a canvas, since drawing a whole photo takes longer than embedding it."""
PROBE_S = 0.2
Answers = dict[str, list[float]]


def main() -> None:
    """Run all phases, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_shop", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args().scale
    with (
        tempfile.TemporaryDirectory() as folder,
        client_view.new_stack(Path(folder) / "data") as stack,
        Lookalike(stack.url, timeout=300) as client,
        client_view.peak_memory_mb(stack) as peaks,
    ):
        client.create_collection("shop")
        results = _import_items(client, Path(folder), int(ITEMS * scale) // ARCHIVES)
        results += _fit(client)
        results += _import_sales(client, Path(folder), scale)
        idle = client_view.memory_mb(stack)
        print(f"\n{'process':<16}{'peak MB':>9}{'at the end':>12}")
        for name, memory in sorted(peaks.items()):
            print(f"{name:<16}{memory:>9}{idle.get(name, 0):>12}")
    results += [
        Result(name=f"peak memory, {name}", rounds=(memory,), unit="MB", better="lower")
        for name, memory in sorted(peaks.items())
    ]
    save_results("large_shop", results)


def _import_items(client: Lookalike, folder: Path, per_archive: int) -> list[Result]:
    rates: list[float] = []
    draw = photo_parts(np.random.default_rng(1))
    with _phase(client, "all archives") as seconds:
        for number in range(ARCHIVES):
            archive = folder / "photos.zip"
            skus = _skus(number * per_archive, per_archive)
            _write_zip(archive, skus, draw)
            started = time.time()
            _ended(client.import_archive(archive, "shop").wait())
            rates.append(per_archive / (time.time() - started))
            print(f"  {(number + 1) * per_archive:>6,} items: {rates[-1]:.1f} images/s", flush=True)
    with _phase(client, "similar items, until all jobs have ended") as similar_s:
        client_view.wait_for_jobs(client, "shop")
    return [
        _result("ingest, first archive", rates[0], "images/s", "higher"),
        _result("ingest, last archive", rates[-1], "images/s", "higher"),
        _result("all archives, with their drawing", seconds[0], "s", "lower"),
        _result("jobs after the last archive", similar_s[0], "s", "lower"),
    ]


def _fit(client: Lookalike) -> list[Result]:
    """Fit the recipe, as happens by itself two minutes after the last import.

    A fit that would find fewer originals of distorted images is refused, as in any shop.
    """
    with _phase(client, "fit of the recipe, until its vectors serve") as fit_s:
        fit = client.rebuild("shop", recipe="fitted-1").wait()
    if fit.state != "succeeded":
        print(f"    {fit.problem}")
        return []
    with _phase(client, "similar items after the fit") as similar_s:
        client_view.wait_for_jobs(client, "shop")
    return [
        _result("fit of the recipe", fit_s[0], "s", "lower"),
        _result("similar items after the fit", similar_s[0], "s", "lower"),
    ]


def _import_sales(client: Lookalike, folder: Path, scale: float) -> list[Result]:
    path = folder / "sales.csv"
    make_sales(int(ITEMS * scale), int(CUSTOMERS * scale), int(LINES * scale)).to_csv(
        path, index=False
    )
    with _phase(client, "sales file") as import_s:
        imported = _ended(client.recommender("shop").add_sales(path).wait())
    with _phase(client, "training") as training_s:
        training = _ended(client.job((imported.result or {})["training"]).wait())
    report = client.recommender("shop").state().report or {}
    for stage, seconds in report.get("seconds", {}).items():
        print(f"    {stage:<26}{seconds:>8.1f} s")
    print(f"    {training.progress.done:,} lists")
    return [
        _result("sales file", import_s[0], "s", "lower"),
        _result("training", training_s[0], "s", "lower"),
    ]


def _write_zip(path: Path, skus: list[str], images: Iterator[bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for sku, image in zip(skus, images, strict=False):
            archive.writestr(f"{sku}.jpg", image)


def photo_parts(rng: np.random.Generator) -> Iterator[bytes]:
    """Yield JPEGs of different parts of some large photos, without end."""
    canvases = [
        Image.open(io.BytesIO(photos.generate_photo(n, CANVAS))).convert("RGB")
        for n in range(CANVASES)
    ]
    width, height = photos.SIZE
    while True:
        canvas = canvases[rng.integers(CANVASES)]
        left, top = int(rng.integers(CANVAS[0] - width)), int(rng.integers(CANVAS[1] - height))
        buffer = io.BytesIO()
        part = canvas.crop((left, top, left + width, top + height))
        part.save(buffer, "JPEG", quality=photos.QUALITY)
        yield buffer.getvalue()


def make_sales(items: int, customers: int, lines: int) -> pd.DataFrame:
    """Return order lines: each customer buys mostly in three departments of a hundred."""
    rng = np.random.default_rng(2)
    orders = lines // LINES_PER_ORDER
    customer = (customers * rng.random(orders) ** 2).astype(int)
    customer[:customers] = np.arange(min(customers, orders))
    departments = rng.integers(0, 100, (customers, 3))
    chosen = departments[np.repeat(customer, LINES_PER_ORDER), rng.integers(0, 3, orders * 3)]
    per_department = max(items // 100, 1)
    within = (per_department * rng.random(orders * 3) ** 3).astype(int)
    item = (chosen * per_department + within) % items
    days = np.repeat(rng.integers(0, DAYS * 86_400, orders), LINES_PER_ORDER)
    created_at = pd.Timestamp("2024-11-01", tz="UTC") + pd.to_timedelta(days, unit="s")
    return pd.DataFrame({
        "md5email": [f"{number:032x}" for number in np.repeat(customer + 1, LINES_PER_ORDER)],
        "sku": [f"item-{number:05}" for number in item],
        "order_id": np.repeat(np.arange(orders), LINES_PER_ORDER),
        "zip": "10115",
        "country": "DE",
        "created_at": created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    })


@contextmanager
def _phase(client: Lookalike, name: str) -> Iterator[list[float]]:
    """Time a `with` block while a client asks for answers; print both, and yield the seconds."""
    seconds: list[float] = []
    answers: Answers = defaultdict(list)
    done = threading.Event()
    probe = threading.Thread(target=_probe, args=(client.url, answers, done))
    probe.start()
    started = time.perf_counter()
    try:
        yield seconds
    finally:
        seconds.append(time.perf_counter() - started)
        done.set()
        probe.join()
    print(f"{name:<46}{seconds[0]:>8.1f} s", flush=True)
    for kind, took in answers.items():
        worst = max(took)
        print(
            f"    {kind:<10}{len(took):>5} answers, ms: {statistics.median(took):.0f} p50, "
            f"{statistics.quantiles([*took, worst], n=100)[98]:.0f} p99, {worst:.0f} max",
            flush=True,
        )


def _probe(url: str, answers: Answers, done: threading.Event) -> None:
    shop, photo = f"{url.rstrip('/')}/v1/collections/shop", photos.generate_photo(0)
    with httpx2.Client(timeout=60) as http:
        kinds: dict[str, Callable[[], httpx2.Response]] = {
            "list": lambda: http.get(f"{shop}/users/{1:032x}/recommendations"),
            "similar": lambda: http.get(f"{shop}/items/item-00001/similar"),
            "search": lambda: http.post(f"{shop}/search", files={"image": ("q.jpg", photo)}),
        }
        while not done.wait(PROBE_S):
            for kind, ask in kinds.items():
                started = time.perf_counter()
                status = ask().status_code
                name = kind if status == 200 else f"{kind} {status}"
                answers[name].append((time.perf_counter() - started) * 1000)


def _ended(job: Job) -> Job:
    if job.state != "succeeded":
        raise RuntimeError(f"the job did not succeed: {job}")
    return job


def _skus(first: int, count: int) -> list[str]:
    return [f"item-{number:05}" for number in range(first, first + count)]


def _result(name: str, value: float, unit: str, better: str) -> Result:
    return Result.model_validate({"name": name, "rounds": [value], "unit": unit, "better": better})


if __name__ == "__main__":
    main()
