"""Adds to the demo shop what the pages about problems show: poor images, copies, rules, uploads."""

import time
from pathlib import Path

from PIL import Image, ImageFilter

from lookalike.client import Lookalike

_PHOTO = "BA-0028.jpg"
_MAX_WAIT_S = 600
_RULES: list[dict[str, object]] = [
    {
        "id": "summer-dresses", "placement": ["lists", "search"], "action": "boost",
        "filter": {"kind": "dress"}, "from": "2026-06-01T00:00:00+02:00",
    },
    {
        "id": "new-bag", "placement": ["lists", "basket"], "action": "pin", "position": 1,
        "skus": ["BA-0029"], "note": "launch, as Eva wants",
    },
]  # fmt: skip


def add_flaws(url: str, shop: str, images: Path, folder: Path) -> None:
    """Import altered copies of an image of the shop, and set rules; wait for the duplicates."""
    _write_copies(images / _PHOTO, folder)
    copies = {photo.stem for photo in folder.iterdir()}
    with Lookalike(url) as client:
        client.import_folder(folder, shop).wait()
        client.set_rules(shop, _RULES)
        deadline = time.monotonic() + _MAX_WAIT_S
        while all(copies.isdisjoint(skus) for skus in _same_pictures(client, shop)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no copies were found within {_MAX_WAIT_S} s")
            time.sleep(1)
        for skus in _same_pictures(client, shop):
            if copies.isdisjoint(skus):  # drawings of the same shape in other colours
                client.dismiss_duplicates(shop, skus)


def _same_pictures(client: Lookalike, shop: str) -> list[list[str]]:
    """Return the SKUs of each group of items with the same picture."""
    groups = client.duplicates(shop, "same_picture")
    return [[member.sku for member in group.members] for group in groups]


def _write_copies(photo: Path, folder: Path) -> None:
    with Image.open(photo) as image:
        width, height = image.size
        copies = {
            "blurred": image.filter(ImageFilter.GaussianBlur(14)),
            "tiny": image.resize((width // 4, height // 4)),
            "dark": image.point(lambda value: value // 12),
            "cropped": image.crop((0, height // 20, width, height)),
        }
        for name, copy in copies.items():
            copy.save(folder / f"{photo.stem}-{name}.jpg")
