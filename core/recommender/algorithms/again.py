"""Again: what a customer has bought often and recently is bought again."""

from core.recommender.algorithms.base import Algorithm, Users
from core.recommender.algorithms.score_block import ScoreBlock
from core.recommender.algorithms.sparse_block import to_block
from core.recommender.interactions import Interactions


class Again(Algorithm):
    """Logarithm of one plus the number of the user's orders with the item; newer orders weigh more.

    Without the logarithm, one item that is in every order would outweigh what all the other
    algorithms of a blend say. Items that the user has never bought score 0.

    Args:
        half_life: days after which an order counts half; None: age does not matter.
    """

    def __init__(self, half_life: float | None = None) -> None:
        super().__init__()
        self.half_life = half_life

    def learn(self, interactions: Interactions) -> None:
        """Count each user's orders with each item."""
        self.frequency = interactions.frequency_matrix(self.half_life).log1p()

    def score_block(self, users: Users) -> ScoreBlock:
        """Return the scores of the users' own purchases."""
        return to_block(self.frequency[users])
