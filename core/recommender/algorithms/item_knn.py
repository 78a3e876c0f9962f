"""Items bought by the same users, or in the same orders: the nearest of each item."""

from typing import Literal

from implicit.nearest_neighbours import ItemItemRecommender, bm25_weight, normalize
from scipy import sparse

from core.recommender.algorithms.base import ItemToItem, Links
from core.recommender.interactions import Interactions

Weighting = Literal["bm25", "cosine"]
_SATURATION, _LENGTH = 1.2, 0.75  # BM25's usual two


class Neighbours(ItemToItem):
    """Item-kNN on co-purchases by users."""

    def __init__(
        self, weighting: Weighting = "bm25", nearest: int = 100, half_life: float | None = None
    ) -> None:
        super().__init__(half_life)
        self.weighting, self.nearest = weighting, nearest

    def link(self, interactions: Interactions) -> Links:  # noqa: ARG002
        """Each item's nearest, by BM25 or cosine of who bought them."""
        return nearest_items(self.bought, self.weighting, self.nearest)


class Together(ItemToItem):
    """Item-kNN on orders: what is bought together."""

    def __init__(self, nearest: int = 100, half_life: float | None = None) -> None:
        super().__init__(half_life)
        self.nearest = nearest

    def link(self, interactions: Interactions) -> Links:
        """Each item's nearest, by cosine of the orders they are in."""
        return nearest_items(interactions.orders(), "cosine", self.nearest)


def nearest_items(
    bought: sparse.csr_matrix, weighting: Weighting, nearest: int = 100
) -> sparse.csr_matrix:
    """How near each item is to its nearest, by the rows that hold them (users or orders, items)."""
    recommender = ItemItemRecommender(K=nearest + 1, num_threads=1)  # one more: the item itself
    by_item = bought.T.astype(float)
    weighed = (
        normalize(by_item) if weighting == "cosine" else bm25_weight(by_item, _SATURATION, _LENGTH)
    )
    recommender.fit(weighed.T.tocsr(), show_progress=False)
    links = recommender.similarity.astype("float32")
    links.setdiag(0)
    links.eliminate_zeros()
    return links
