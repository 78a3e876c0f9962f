"""Item-kNN: neighbours are items that have the same buyers, share orders, or look alike."""

from typing import Literal

from implicit.nearest_neighbours import ItemItemRecommender, bm25_weight, normalize
from scipy import sparse

from core.recommender.algorithms.base import ItemToItem, ItemWeights
from core.recommender.interactions import Interactions
from core.recommender.visual_neighbours import VisualNeighbours

Weighting = Literal["bm25", "cosine"]
NEIGHBOURS = 100
_K1, _B = 1.2, 0.75  # the usual parameters of BM25


class ItemKnn(ItemToItem):
    """Item-kNN on co-purchases by users."""

    def __init__(self, weighting: Weighting, half_life: float | None = None) -> None:
        super().__init__(half_life)
        self.weighting = weighting

    def item_weights(self, interactions: Interactions) -> ItemWeights:  # noqa: ARG002
        """Return each item's nearest neighbours, by BM25 or cosine of their buyers."""
        return nearest_items(self.purchases, self.weighting)


class BasketKnn(ItemToItem):
    """Item-kNN on orders: items that are bought together."""

    def item_weights(self, interactions: Interactions) -> ItemWeights:
        """Return each item's nearest neighbours, by cosine of the orders that contain them."""
        return nearest_items(interactions.order_matrix(), "cosine")


class VisualKnn(ItemToItem):
    """Item-kNN on image vectors by squared z-score; only this algorithm scores unsold items."""

    def __init__(self, neighbours: VisualNeighbours, half_life: float | None = None) -> None:
        super().__init__(half_life)
        self.neighbours = neighbours

    def item_weights(self, interactions: Interactions) -> ItemWeights:  # noqa: ARG002
        """Return the visual neighbours, which do not depend on sales."""
        return self.neighbours.squared_zscore


def nearest_items(rows: sparse.csr_matrix, weighting: Weighting) -> sparse.csr_matrix:
    """Return (items, items): similarities of each item to its `NEIGHBOURS` nearest items.

    `rows` (users or orders, items) holds the purchases.
    """
    recommender = ItemItemRecommender(K=NEIGHBOURS + 1, num_threads=1)  # + 1: the item itself
    by_item = rows.T.astype(float)
    weighted = normalize(by_item) if weighting == "cosine" else bm25_weight(by_item, _K1, _B)
    recommender.fit(weighted.T.tocsr(), show_progress=False)
    similarity = recommender.similarity.astype("float32")
    similarity.setdiag(0)
    similarity.eliminate_zeros()
    return similarity
