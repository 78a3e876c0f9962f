"""`python -m benchmarks.restore 1500 5000 20000`: shops brought back from a copy of their store.

A shop of so many items with small drawn pictures is filled and trained; its store is copied to an
empty place, another stack starts there and makes the vectors anew. What clients see must be as it
was: items, searches, lists. All of it else ends the run.
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

from benchmarks.sales import draw
from benchmarks.support import client_view
from lookalike.client import Lookalike
from lookalike.models import Matches

USERS, ORDERS = 500, 6
ASKED = 20
SHOP = "shop"


@dataclass
class Told:
    """What a drill took: seconds by step, megabytes by process and of the store."""

    took_s: dict[str, float] = field(default_factory=dict)
    peaks_mb: dict[str, int] = field(default_factory=dict)
    store_mb: int = 0


def main() -> None:
    """Drill with each size, print what each took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restore", description=__doc__)
    parser.add_argument("items", type=int, nargs="*", default=[1500, 5000, 20_000])
    for items in parser.parse_args().items:
        with tempfile.TemporaryDirectory() as folder:
            _print(items, _drill(Path(folder), items))


def _drill(folder: Path, items: int) -> Told:
    told = Told()
    skus = [f"sku-{number:06}" for number in range(items)]
    with (
        client_view.running(folder / "first") as stack,
        Lookalike(stack.url, timeout=300) as client,
    ):
        told.took_s["filled"] = _fill(client, folder, skus)
        before = _seen(client, skus)
    with _timed(told, "copied"):
        shutil.copytree(folder / "first" / "store", folder / "second" / "store")
    told.store_mb = sum(f.stat().st_size for f in folder.glob("second/**/*") if f.is_file()) >> 20
    with ExitStack() as second:
        with _timed(told, "started"):
            stack = second.enter_context(client_view.running(folder / "second"))
        client = second.enter_context(Lookalike(stack.url, timeout=300))
        _, told.peaks_mb = client_view.peaks_mb(stack, lambda: _restore(client, told))
        _compare(before, _seen(client, skus))
    return told


@contextmanager
def _timed(told: Told, step: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    told.took_s[step] = time.monotonic() - begun


def _fill(client: Lookalike, folder: Path, skus: list[str]) -> float:
    archive, sales = folder / "pictures.zip", folder / "sales.csv"
    draw(archive, skus)
    took = client_view.ingest_s(client, archive, SHOP)
    dice = random.Random(1)
    lines = ["md5email,sku,order_id,zip,country,created_at"]
    for order in range(USERS * ORDERS):
        day = f"2026-{dice.randrange(1, 7):02}-{dice.randrange(1, 29):02}"
        lines += [f"u{order % USERS},{s},{order},10115,DE,{day}" for s in dice.sample(skus, 2)]
    sales.write_text("\n".join(lines))
    imported = client.wait(client.recommender(SHOP).add_sales(sales))
    client.wait(client.job((imported.result or {})["training"]))
    return took


def _restore(client: Lookalike, told: Told) -> None:
    """As `docs/operating.md` says: rebuild, then verify."""
    for step in ("rebuild", "verify"):
        with _timed(told, step):
            job = client.wait(getattr(client, step)(SHOP))
    if not (job.result or {})["sound"]:
        raise RuntimeError(f"not sound: {job.result}")


def _seen(client: Lookalike, skus: list[str]) -> dict[str, Any]:
    """What clients see: all items, some searches, all lists."""
    some = random.Random(2).sample(skus, ASKED)
    pictures = [client.picture(SHOP, sku) for sku in some]
    return {
        "items": sorted(item.sku for item in client.items(SHOP)),
        "alike": [_scores(client.similar(SHOP, sku)) for sku in some],
        "found": [_scores(client.search(picture, SHOP)) for picture in pictures],
        "lists": sorted(b"".join(client.recommender(SHOP).lists()).splitlines()),
    }


def _scores(found: Matches) -> list[tuple[str, float]]:
    return [(match.sku, match.score) for match in found.matches]


def _compare(before: dict[str, Any], now: dict[str, Any]) -> None:
    for what, seen in before.items():
        if now[what] != seen:
            raise RuntimeError(f"other {what} than before: {now[what]!s:.300}, not {seen!s:.300}")


def _print(items: int, told: Told) -> None:
    print(f"{items:,} items, {told.store_mb} MB of store")
    for step, took in told.took_s.items():
        print(f"  {step:<10} {took:8.1f} s {items / took:10.0f} items/s")
    for name, peak in told.peaks_mb.items():
        print(f"  {name:<16} {peak:5} MB at its peak while it was brought back", flush=True)


if __name__ == "__main__":
    main()
