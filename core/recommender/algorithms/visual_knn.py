"""What looks like what the user bought; the one algorithm that knows items never sold."""

from core.recommender.algorithms.base import ItemToItem, Links
from core.recommender.interactions import Interactions
from core.recommender.visual_similarity import Alike


class LookAlikes(ItemToItem):
    """Items that look strikingly like those a user bought."""

    def __init__(self, alike: Alike, half_life: float | None = None) -> None:
        super().__init__(half_life)
        self.alike = alike

    def link(self, interactions: Interactions) -> Links:  # noqa: ARG002
        """Not learned from sales: the pictures say it."""
        return self.alike.striking
