"""`python -m benchmarks.attribute_changes`: how soon a filtered search sees a changed attribute.

Changes the prices of items one by one, and searches for each item by its new price until it is
found: on an idle stack, while images are imported, and while the recommender is trained.
"""

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import load
from benchmarks.support import client_view, photos
from lookalike.client import Lookalike
from lookalike.job_handle import JobHandle

ITEMS, CHANGES = 1000, 200
TARGET_P99_S = 2.0
POLL_S, LONGEST_S = 0.005, 60


def main() -> None:
    """Fill a shop, measure the three rounds, and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attribute_changes")
    parser.add_argument("--changes", type=int, default=CHANGES)
    changes = parser.parse_args().changes
    with (
        tempfile.TemporaryDirectory() as folder,
        client_view.new_stack(Path(folder) / "data") as stack,
        Lookalike(stack.url) as client,
    ):
        images = photos.generate_photos(2 * ITEMS)
        halves = images[:ITEMS], images[ITEMS:]  # other images of the same items
        archives = [
            photos.write_zip(Path(folder) / f"{number}.zip", half)
            for number, half in enumerate(halves)
        ]
        skus = load.create_shop(stack, archives[0])
        others = itertools.cycle(reversed(archives))
        rounds: dict[str, Callable[[], JobHandle | None]] = {
            "idle": lambda: None,
            "during imports": lambda: client.import_archive(next(others), "shop"),
            "during training": lambda: client.recommender("shop").train(),
        }
        prices = itertools.count(1)
        for name, start in rounds.items():
            _print(name, _measure(client, images[0], skus, prices, start, changes))


def _measure(
    client: Lookalike,
    image: bytes,
    skus: list[str],
    prices: "itertools.count[int]",
    start: Callable[[], JobHandle | None],
    changes: int,
) -> list[float]:
    """Return the seconds from each change to the first search that finds the item."""
    job, took_s = start(), []
    for sku, price in itertools.islice(zip(itertools.cycle(skus), prices, strict=False), changes):
        if job is not None and client.job(job.id).state.final:
            job = start()
        took_s.append(_change(client, image, sku, price))
    if job is not None:
        job.wait()
    return took_s


def _change(client: Lookalike, image: bytes, sku: str, price: int) -> float:
    started = time.perf_counter()
    client.change_item("shop", sku, {"price": price})
    while not client.search("shop", image, filter={"price": price}).matches:
        if time.perf_counter() - started > LONGEST_S:
            raise TimeoutError(f"searches did not show the change within {LONGEST_S} s")
        time.sleep(POLL_S)
    return time.perf_counter() - started


def _print(name: str, took_s: list[float]) -> None:
    p99 = statistics.quantiles(took_s, n=100)[98]
    verdict = "met" if p99 <= TARGET_P99_S else "missed"
    print(
        f"{name:<18} p50 {statistics.median(took_s):6.3f} s, p99 {p99:6.3f} s, "
        f"longest {max(took_s):6.3f} s (target {TARGET_P99_S} s: {verdict})",
        flush=True,
    )


if __name__ == "__main__":
    main()
