"""`python -m embedded.demo.draw FOLDER`: draw the shop's pictures, its manifest and its sales.

FOLDER/items holds the pictures and items.csv, ready to be imported; beside it lie sales.csv and
query.jpg, a garment that the shop does not have. The same seed gives the same bytes.
"""

import argparse
import csv
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from embedded.demo.assortment import (
    LARGEST,
    MANIFEST_COLUMNS,
    Item,
    make_catalogue,
    make_query,
    seeded,
)
from embedded.demo.picture import draw_garment
from embedded.demo.shoppers import SALES_COLUMNS, UNSOLD, make_sales

JPEG_QUALITY = 88
WORKERS = 4


def draw_shop(folder: Path, count: int = 240, seed: int = 7) -> list[Item]:
    """Write the demo shop into the folder and return its items."""
    items = make_catalogue(count, seed)
    pictures = folder / "items"
    for item in items:
        for file in item.files:
            (pictures / file).parent.mkdir(parents=True, exist_ok=True)
    _draw_all(pictures, items, seed)
    _draw_query(folder, seed)
    _write(pictures / "items.csv", MANIFEST_COLUMNS, (row for item in items for row in item.rows()))
    _write(folder / "sales.csv", SALES_COLUMNS, make_sales(items, seed))
    return items


def _draw_all(folder: Path, items: list[Item], seed: int) -> None:
    workers = min(WORKERS, os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for _ in pool.map(partial(_draw_item, folder, seed), items, chunksize=16):
            pass


def _draw_item(folder: Path, seed: int, item: Item) -> None:
    for file, view in item.files.items():
        picture = draw_garment(item.design, view, seeded(seed, item.sku, view))
        picture.save(folder / file, quality=JPEG_QUALITY)


def _draw_query(folder: Path, seed: int) -> None:
    query = make_query(seed)
    picture = draw_garment(query.design, query.views[0], seeded(seed, "query picture"))
    picture.save(folder / "query.jpg", quality=JPEG_QUALITY)


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _count(text: str) -> int:
    count = int(text)
    if not UNSOLD < count <= LARGEST:
        raise argparse.ArgumentTypeError(f"use {UNSOLD + 1} to {LARGEST} items")
    return count


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(prog="embedded.demo.draw", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=_count, default=240)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    items = draw_shop(arguments.folder, arguments.items, arguments.seed)
    pictures = sum(len(item.files) for item in items)
    sys.stdout.write(f"{len(items)} items, {pictures} pictures in {arguments.folder}\n")


if __name__ == "__main__":
    main()
