"""Visual kNN: items that look like the user's purchases; the only one to score unsold items."""

from core.recommender.algorithms.base import ItemToItem, ItemWeights
from core.recommender.interactions import Interactions
from core.recommender.visual_neighbours import VisualNeighbours


class VisualKnn(ItemToItem):
    """Item-kNN on image vectors, weighted by squared z-score."""

    def __init__(self, neighbours: VisualNeighbours, half_life: float | None = None) -> None:
        super().__init__(half_life)
        self.neighbours = neighbours

    def item_weights(self, interactions: Interactions) -> ItemWeights:  # noqa: ARG002
        """Return the visual neighbours; they do not depend on sales."""
        return self.neighbours.squared_zscore
