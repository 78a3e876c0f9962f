"""`python -m benchmarks.restore 1500 5000 20000`: restores shops from copies of their stores.

For each number of items, fills a shop with small random images, trains its recommender and copies
its store; another stack starts on the copy and rebuilds the vectors. Items, searches and lists must
be the same as before; any difference ends the run with an error.
"""

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.load import make_sales
from benchmarks.sales import write_images
from benchmarks.support import client_view
from lookalike.client import Lookalike
from lookalike.models import Matches

SAMPLE = 20
SHOP = "shop"


@dataclass
class DrillResult:
    """Seconds per step, peak memory per process, and the size of the store."""

    took_s: dict[str, float] = field(default_factory=dict)
    peaks_mb: dict[str, int] = field(default_factory=dict)
    store_mb: int = 0


def main() -> None:
    """Run a drill with each number of items and print its result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restore", description=__doc__)
    parser.add_argument("items", type=int, nargs="*", default=[1500, 5000, 20_000])
    for items in parser.parse_args().items:
        with tempfile.TemporaryDirectory() as folder:
            _print(items, _run_drill(Path(folder), items))


def _run_drill(folder: Path, items: int) -> DrillResult:
    result = DrillResult()
    skus = [f"sku-{number:06}" for number in range(items)]
    with (
        client_view.new_stack(folder / "first") as stack,
        Lookalike(stack.url, timeout=300) as client,
    ):
        result.took_s["fill"] = _fill(client, folder, skus)
        before = _client_view(client, skus)
    with _timed(result, "copy"):
        shutil.copytree(folder / "first" / "store", folder / "second" / "store")
    result.store_mb = sum(f.stat().st_size for f in folder.glob("second/**/*") if f.is_file()) >> 20
    with ExitStack() as second:
        with _timed(result, "start"):
            stack = second.enter_context(client_view.new_stack(folder / "second"))
        client = second.enter_context(Lookalike(stack.url, timeout=300))
        with client_view.peak_memory_mb(stack) as result.peaks_mb:
            _restore(client, result)
        _compare(before, _client_view(client, skus))
    return result


@contextmanager
def _timed(result: DrillResult, step: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    result.took_s[step] = time.monotonic() - started


def _fill(client: Lookalike, folder: Path, skus: list[str]) -> float:
    archive, sales = write_images(folder / "images.zip", skus), folder / "sales.csv"
    took = client_view.ingest_s(client, archive, SHOP)
    sales.write_text(make_sales(skus, seed=1))
    imported = client.recommender(SHOP).add_sales(sales).wait()
    client.job((imported.result or {})["training"]).wait()
    return took


def _restore(client: Lookalike, result: DrillResult) -> None:
    """Rebuild, then verify a collection, as in docs/operating.md."""
    for step in ("rebuild", "verify"):
        with _timed(result, step):
            job = getattr(client, step)(SHOP).wait()
    if not (job.result or {})["sound"]:
        raise RuntimeError(f"the collection is not sound: {job.result}")


def _client_view(client: Lookalike, skus: list[str]) -> dict[str, Any]:
    """Return everything that clients see: all items, some searches, and all lists."""
    sample = random.Random(2).sample(skus, SAMPLE)
    images = [client.image(SHOP, sku) for sku in sample]
    return {
        "items": sorted(item.sku for item in client.items(SHOP)),
        "similar items": [_scores(client.similar(SHOP, sku)) for sku in sample],
        "searches": [_scores(client.search(SHOP, image)) for image in images],
        "lists": sorted(b"".join(client.recommender(SHOP).lists()).splitlines()),
    }


def _scores(matches: Matches) -> list[tuple[str, float]]:
    return [(match.sku, match.score) for match in matches.matches]


def _compare(before: dict[str, Any], after: dict[str, Any]) -> None:
    for kind, value in before.items():
        if after[kind] != value:
            expected, restored = f"{value!s:.300}", f"{after[kind]!s:.300}"
            raise RuntimeError(f"the {kind} differ: expected {expected}, got {restored}")


def _print(items: int, result: DrillResult) -> None:
    print(f"{items:,} items, {result.store_mb} MB of store")
    for step, took in result.took_s.items():
        print(f"  {step:<10} {took:8.1f} s {items / took:10.0f} items/s")
    for name, peak in result.peaks_mb.items():
        print(f"  {name:<16} {peak:5} MB peak during the restore", flush=True)


if __name__ == "__main__":
    main()
