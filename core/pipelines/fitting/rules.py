"""Decides when the recipe of a collection is fitted automatically."""

import math
from dataclasses import dataclass
from itertools import islice
from typing import Self

import numpy as np

from core.encoders.recipes.layout import layout_of
from core.errors import NotFound
from core.settings import JobSettings
from core.storage import Collection, Items
from core.vectors import VectorStore

GROWTH = 4
"""A recipe is fitted again to a collection that has grown this many times."""
SOON = 1.25
"""It is fitted again after less growth if the collection has become different."""
MAX_SHIFT = 0.2
"""Length of the mean of fitted unit parts above which a collection has become different.

Clothes: 0.03 to 0.06 if all kinds were fitted to; 0.44 to 0.72 if one kind was, which loses 0.03 to
0.24 of the first ten results.
"""
_SAMPLE = 300


@dataclass(frozen=True)
class FittingRules:
    """The settings of fitting."""

    min_images: int = 64
    automatic: bool = True

    @classmethod
    def from_settings(cls, jobs: JobSettings) -> Self:
        """Return the rules that the settings describe."""
        return cls(jobs.fit_min_images, jobs.fit_automatically)

    def is_due(
        self, collection: Collection, images: int, items: Items, vectors: VectorStore
    ) -> bool:
        """Return whether the recipe was never fitted, or the collection has changed a lot since.

        `images` is the number of images that the collection has.
        """
        fit = collection.fit
        if images < self.min_images or not collection.fit_automatically:
            return False
        if fit is None or fit.weights != collection.encoder.weights:
            return True
        if images < SOON * fit.images:
            return False
        return images >= GROWTH * fit.images or _has_shifted(collection, items, vectors)


def _has_shifted(collection: Collection, items: Items, vectors: VectorStore) -> bool:
    """Return whether the mean of the fitted parts, which was 0, has moved away."""
    fit = collection.fit
    if not collection.encoder.statistics or fit is None:
        return False
    sample = items.by_keys(islice(items.keys(), _SAMPLE))
    keys = [(item.sku, item.images[0].view) for item in sample if item.images]
    try:
        rows = vectors.vectors_of(collection.index_name, keys)
    except NotFound:  # the index was lost
        return False
    part = layout_of(collection.encoder).slices["network"]
    parts = np.array([row[part] / np.linalg.norm(row[part]) for row in rows.values()])
    return len(parts) > 0 and float(np.linalg.norm(parts.mean(axis=0))) > _max_shift(fit.sampled)


def _max_shift(sampled: int) -> float:
    """Return the shift that is more than the chance of a sample of this size."""
    return max(MAX_SHIFT, 2 / math.sqrt(sampled))
