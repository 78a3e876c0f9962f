"""How far the look-alikes by the new vectors are those by the vectors before."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from core.errors import NotFound
from core.pipelines.services import Services
from core.storage import Collection

SAMPLE = 50
NEAREST = 10


def overlap(collection: Collection, services: Services) -> dict[str, Any]:
    """The mean share of an item's nearest ten that are the same by both; None without a sample.

    Items are taken in the order of the hash of their sku: as good as by chance, and repeatable.
    """
    before = collection.left[-1].name
    keys = islice(services.items(collection).keys(), SAMPLE)
    skus = [item.sku for item in services.items(collection).by_keys(keys)]
    try:
        shares = list(_shares(skus, before, collection.space, services))
    except NotFound:  # what was before has been lost, or was never made
        shares = []
    mean = round(sum(shares) / len(shares), 4) if shares else None
    return {"overlap_at_10": mean, "sampled": len(shares)}


def _shares(skus: list[str], before: str, now: str, services: Services) -> Iterator[float]:
    for sku in skus:
        old, new = (_nearest(sku, space, services) for space in (before, now))
        if old and new:
            yield len(old & new) / max(len(old), len(new))


def _nearest(sku: str, space: str, services: Services) -> set[str]:
    vectors = services.vectors.vectors_of(space, sku)
    if not vectors:
        return set()
    view = min(vectors)
    found = services.vectors.nearest(space, vectors[view], limit=NEAREST + 1)
    return set([match.sku for match in found if match.sku != sku][:NEAREST])
