"""How far the look-alikes by the new vectors are those by the vectors before."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from core.errors import NotFound
from core.pipelines.services import Rooms
from core.storage import Collection

SAMPLE = 50
NEAREST = 10


def overlap(collection: Collection, rooms: Rooms) -> dict[str, Any]:
    """The mean share of an item's nearest ten that are the same by both; None without a sample.

    Items are taken in the order of the hash of their sku: as good as by chance, and repeatable.
    """
    before = collection.left[-1].name
    keys = islice(rooms.items(collection).keys(), SAMPLE)
    skus = [item.sku for item in rooms.items(collection).by_keys(keys)]
    try:
        shares = list(_shares(skus, before, collection.space, rooms))
    except NotFound:  # what was before has been lost, or was never made
        shares = []
    mean = round(sum(shares) / len(shares), 4) if shares else None
    return {"overlap_at_10": mean, "sampled": len(shares)}


def _shares(skus: list[str], before: str, now: str, rooms: Rooms) -> Iterator[float]:
    for sku in skus:
        old, new = (_nearest(sku, space, rooms) for space in (before, now))
        if old and new:
            yield len(old & new) / max(len(old), len(new))


def _nearest(sku: str, space: str, rooms: Rooms) -> set[str]:
    vectors = rooms.vectors.vectors_of(space, sku)
    if not vectors:
        return set()
    view = min(vectors)
    found = rooms.vectors.nearest(space, vectors[view], limit=NEAREST + 1)
    return set([match.sku for match in found if match.sku != sku][:NEAREST])
