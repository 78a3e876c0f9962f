"""Numbers all items: first the items with sales, then the items that only have images."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.recommender.visual_neighbours import (
    ItemEmbeddings,
    VisualNeighbours,
    find_visual_neighbours,
)


@dataclass(frozen=True)
class ItemIndex:
    """The numbered items of a training run, with all data about them except sales."""

    skus: list[str]
    sold_count: int
    """The first `sold_count` items have sales."""
    allowed: NDArray[np.bool_]
    """(items,): whether an item may be recommended."""
    vectors: NDArray[np.float32] | None
    """(items, dim), zeros for an item without images; None if images are not used."""
    neighbours: VisualNeighbours | None

    @property
    def has_image(self) -> NDArray[np.bool_]:
        """(items,): whether an item has an image."""
        if self.vectors is None:
            return np.zeros(len(self.skus), bool)
        return np.asarray(self.vectors.any(axis=1))

    def without_images(self) -> "ItemIndex":
        """Return the same items without their images."""
        return replace(self, vectors=None, neighbours=None)

    def __len__(self) -> int:
        return len(self.skus)


def build_item_index(
    sold: Sequence[str], embeddings: ItemEmbeddings | None, allowed: AbstractSet[str] | None
) -> ItemIndex:
    """Number the items; if `allowed` is None, all items are allowed.

    Raises:
        InvalidInput: no item is allowed.
    """
    sold_skus = set(sold)
    unsold = (sku for sku in (embeddings.skus if embeddings else ()) if sku not in sold_skus)
    skus = [*sold, *unsold]
    mask = np.array([allowed is None or sku in allowed for sku in skus], bool)
    if not mask.any():
        raise InvalidInput(
            "none of the SKUs sold is in the collection; upload the items that were sold"
        )
    if embeddings is None or len(embeddings.skus) < 2:
        return ItemIndex(skus, len(sold), mask, None, None)
    number = {sku: n for n, sku in enumerate(skus)}
    items = np.array([number[sku] for sku in embeddings.skus], np.intp)
    vectors = np.zeros((len(skus), embeddings.vectors.shape[1]), np.float32)
    vectors[items] = embeddings.vectors
    neighbours = find_visual_neighbours(embeddings.vectors, items, len(skus))
    return ItemIndex(skus, len(sold), mask, vectors, neighbours)
