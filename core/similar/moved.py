"""Where the items and images of earlier lists are found among the images of an update."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from core.similar.images import Images, Numbers
from core.similar.keys import NONE, Keys, decode_images, decode_scores, encode


@dataclass(frozen=True)
class Moved:
    """Which items are unchanged, and the numbers of their images before and after."""

    before: Numbers
    """The earlier numbers of the unchanged items."""
    old: Numbers
    """Their numbers now."""
    new: Numbers
    """The numbers of new and changed items now."""
    images: Numbers
    """The number of each earlier image now; -1 if it is gone or its item has changed."""

    @classmethod
    def between(cls, earlier: Images, now: Images) -> Self:
        """Compare images; an item is unchanged if it has the same views with the same vectors."""
        numbers = {sku: item for item, sku in enumerate(earlier.skus)}
        same = [earlier.contents.get(sku) == content for sku, content in now.contents.items()]
        old, new = np.flatnonzero(same), np.flatnonzero(~np.array(same, dtype=bool))
        before = np.array([numbers[now.skus[item]] for item in old.tolist()], dtype=np.int64)
        images = np.full(len(earlier.views), -1, dtype=np.int64)
        images[earlier.of(before)[0]] = now.of(old)[0]
        return cls(before, old, new, images)

    def translate(self, keys: Keys) -> Keys:
        """Return earlier keys with the images' numbers now; keys of images that are gone: NONE."""
        exists = keys != NONE
        images = self.images[np.where(exists, decode_images(keys), 0)]
        return np.where(exists & (images >= 0), encode(decode_scores(keys), images), NONE)
