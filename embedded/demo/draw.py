"""`python -m embedded.demo.draw FOLDER`: generate the demo shop's images, manifest and sales.

FOLDER/items receives the images and items.csv, ready to import; FOLDER receives sales.csv and
query.jpg, the image of a garment that the shop does not have. Equal seeds give equal files.
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
    MANIFEST_COLUMNS,
    MAX_GARMENTS,
    Garment,
    make_assortment,
    make_query,
    seeded,
)
from embedded.demo.garment_image import draw_garment
from embedded.demo.shoppers import SALES_COLUMNS, UNSOLD, make_sales

JPEG_QUALITY = 88
WORKERS = 4


def draw_shop(folder: Path, count: int = 240, seed: int = 7) -> list[Garment]:
    """Write the demo shop into the folder; return its garments."""
    garments = make_assortment(count, seed)
    images = folder / "items"
    _draw_all(images, garments, seed)
    _draw_query(folder, seed)
    _write_csv(
        images / "items.csv",
        MANIFEST_COLUMNS,
        (row for garment in garments for row in garment.rows()),
    )
    _write_csv(folder / "sales.csv", SALES_COLUMNS, make_sales(garments, seed))
    return garments


def _draw_all(folder: Path, garments: list[Garment], seed: int) -> None:
    workers = min(WORKERS, os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for _ in pool.map(partial(_draw_garment, folder, seed), garments, chunksize=16):
            pass


def _draw_garment(folder: Path, seed: int, garment: Garment) -> None:
    for file, view in garment.files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        image = draw_garment(garment.design, view, seeded(seed, garment.sku, view))
        image.save(folder / file, quality=JPEG_QUALITY)


def _draw_query(folder: Path, seed: int) -> None:
    query = make_query(seed)
    image = draw_garment(query.design, query.views[0], seeded(seed, "query picture"))
    image.save(folder / "query.jpg", quality=JPEG_QUALITY)


def _write_csv(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _parse_count(text: str) -> int:
    count = int(text)
    if not UNSOLD < count <= MAX_GARMENTS:
        raise argparse.ArgumentTypeError(f"must be from {UNSOLD + 1} to {MAX_GARMENTS}")
    return count


def main() -> None:
    """Read the arguments and generate the shop."""
    parser = argparse.ArgumentParser(prog="embedded.demo.draw", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=_parse_count, default=240)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    garments = draw_shop(args.folder, args.items, args.seed)
    images = sum(len(garment.files) for garment in garments)
    sys.stdout.write(f"wrote {len(garments)} items with {images} images to {args.folder}\n")


if __name__ == "__main__":
    main()
