"""`python -m benchmarks.thumbnails`: how long a thumbnail takes when it is made, and later.

Each thumbnail of a shop with large photos is requested three times, one after the other: twice from
one server, then once from a server that has just started.
"""

import argparse
import hashlib
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.support.client_view import new_stack
from benchmarks.support.photos import generate_photo
from benchmarks.support.results import Result, save_results
from core.domain import EncoderIdentity
from core.storage import Collections, Item, ItemImage, Items, image_file, open_backend
from lookalike.client import Lookalike

IMAGES = 100
SIZE = (1200, 1600)
SIDE = 320
SHOP = "shop"


def main() -> None:
    """Fill a shop, then request all thumbnails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.thumbnails", description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES)
    skus = [f"item-{number}" for number in range(parser.parse_args().images)]
    with tempfile.TemporaryDirectory() as folder:
        _fill(Path(folder) / "store", skus)
        first, second = _request(Path(folder), skus, rounds=2)
        (restarted,) = _request(Path(folder), skus, rounds=1)
    print(f"{len(skus)} thumbnails of {SIDE} pixels, of JPEG files of {SIZE[0]} x {SIZE[1]}")
    rounds = {"made": first, "again": second, "after a restart": restarted}
    for name, took_ms in rounds.items():
        p50, p99 = np.percentile(took_ms, (50, 99))
        print(f"  {name:<16} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")
    results = [
        Result(name=f"{name}, p50", rounds=(float(np.median(took_ms)),), unit="ms", better="lower")
        for name, took_ms in rounds.items()
    ]
    save_results("thumbnails", results)


def _fill(store: Path, skus: Sequence[str]) -> None:
    files = open_backend(store.as_uri())
    collection = Collections(files).create(SHOP, encoder=EncoderIdentity("none", dim=8))
    items = Items(files, collection.folder)
    for number, sku in enumerate(skus):
        items.put_all([_item(items, sku, generate_photo(number, SIZE))])


def _item(items: Items, sku: str, photo: bytes) -> Item:
    digest, (width, height) = hashlib.sha256(photo).hexdigest(), SIZE
    image = ItemImage(
        view="main", file=image_file(sku, digest), sha256=digest, format="JPEG", width=width,
        height=height, bytes=len(photo),
    )  # fmt: skip
    items.put_images([(image.file, photo)])
    now = datetime.now(UTC)
    return Item(sku=sku, images=(image,), created_at=now, updated_at=now)


def _request(data: Path, skus: Sequence[str], *, rounds: int) -> list[list[float]]:
    """Return the milliseconds for each thumbnail from a new server, for each round."""
    with new_stack(data) as stack, Lookalike(stack.url) as client:
        client.image(SHOP, skus[0])  # the first request of all opens connections
        return [[_request_ms(client, sku) for sku in skus] for _ in range(rounds)]


def _request_ms(client: Lookalike, sku: str) -> float:
    started = time.perf_counter()
    client.image(SHOP, sku, size=SIDE)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
