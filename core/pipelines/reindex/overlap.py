"""Measures the agreement of a new vector index with the previous index (overlap@10)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from core.errors import NotFound
from core.pipelines.services import Services
from core.storage import Collection

SAMPLE = 50
NEAREST = 10


def overlap(collection: Collection, services: Services) -> dict[str, Any]:
    """Return the mean share of an item's ten nearest items that both indexes have in common.

    The mean is None without a sample. The sample consists of the first items ordered by the hash of
    the SKU, which is as good as random, and repeatable.
    """
    previous = collection.retired_indexes[-1].name
    keys = islice(services.items(collection).keys(), SAMPLE)
    skus = [item.sku for item in services.items(collection).by_keys(keys)]
    try:
        shares = list(_shares(skus, previous, collection.index_name, services))
    except NotFound:  # the previous index was lost, or never created
        shares = []
    mean = round(sum(shares) / len(shares), 4) if shares else None
    return {"overlap_at_10": mean, "sampled": len(shares)}


def _shares(skus: list[str], previous: str, current: str, services: Services) -> Iterator[float]:
    for sku in skus:
        old, new = (_nearest(sku, index, services) for index in (previous, current))
        if old and new:
            yield len(old & new) / max(len(old), len(new))


def _nearest(sku: str, index: str, services: Services) -> set[str]:
    vectors = services.vectors.item_vectors(index, sku)
    if not vectors:
        return set()
    view = min(vectors)
    matches = services.vectors.nearest(index, vectors[view], limit=NEAREST + 1)
    return set([match.sku for match in matches if match.sku != sku][:NEAREST])
