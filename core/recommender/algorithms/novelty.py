"""Novelty: items that have been on sale for a short time rank first."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Algorithm, Users
from core.recommender.algorithms.score_block import ScoreBlock
from core.recommender.algorithms.sparse_block import SharedRows, SharedScores, SparseBlock
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import DAY_S, OrderLines


class Novelty(Algorithm):
    """Minus the logarithm of an item's age: the days since its first sale, plus one.

    What is new is not yet known to customers, and shops advertise it. An item without sales scores
    as the average item. If times are unknown, all items score alike.
    """

    def learn(self, interactions: Interactions) -> None:
        """Compute the age of each item."""
        self.novelty = SharedRows(item_novelty(interactions.lines)[None])

    def score_block(self, users: Users) -> ScoreBlock:
        """Return the same scores for every user."""
        count, items = len(users), self.novelty.rows.shape[1]
        shared = SharedScores(self.novelty, np.zeros(count, np.intp), np.ones(count, np.float32))
        return SparseBlock(sparse.csr_matrix((count, items), dtype=np.float32), shared)


def item_novelty(lines: OrderLines) -> NDArray[np.float32]:
    """Return (items,): minus the logarithm of each item's age in days, plus one."""
    if not lines.has_times:
        return np.zeros(lines.items, np.float32)
    first_sale = np.full(lines.items, np.inf)
    np.minimum.at(first_sale, lines.item, lines.at)
    age = (lines.at.max() - first_sale) / DAY_S
    is_sold = np.isfinite(age)
    novelty = -np.log1p(age, where=is_sold, out=np.zeros(lines.items))
    novelty[~is_sold] = novelty[is_sold].mean()
    return np.asarray(novelty, np.float32)
