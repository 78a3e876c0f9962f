"""Baskets with one item left out, which links must rank among the first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.evaluation.ranking_metrics import discounts
from core.recommender.links.baskets import Baskets, Numbers
from core.recommender.order_line_arrays import OrderLines

SHARE = 0.1
"""Share of the order lines that is held out: the last ones, if times are known."""
MAX_BASKET = 30
MAX_QUERIES = 3_000
BLOCK = 64
CUTOFF = 10


@dataclass(frozen=True)
class Queries:
    """Orders of at least two known items, each without one of them."""

    rest: sparse.csr_matrix
    """float32 (queries, items): 1 for the other items of the order."""
    left_out: Numbers
    """(queries,): the item left out."""

    def __len__(self) -> int:
        return len(self.left_out)

    def ndcg(self, links: sparse.csr_matrix, popularity: NDArray[np.float32]) -> float:
        """Return the mean NDCG@10 of ranking by links (items, items) plus popularity (items,)."""
        gains = [
            self._gains(slice(start, start + BLOCK), links, popularity)
            for start in range(0, len(self), BLOCK)
        ]
        return float(np.concatenate(gains).mean())

    def _gains(
        self, block: slice, links: sparse.csr_matrix, popularity: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        rest, left_out = self.rest[block], self.left_out[block]
        scores = (rest @ links).toarray() + popularity
        scores[rest.nonzero()] = 0
        own = scores[np.arange(len(left_out)), left_out][:, None]
        # on average, half of the items with the same score come first
        rank = (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) // 2
        is_hit = (own[:, 0] > 0) & (rank < CUTOFF)
        return np.where(is_hit, discounts(CUTOFF)[np.minimum(rank, CUTOFF - 1)], 0.0)


def hold_out(lines: OrderLines, seed: int) -> tuple[OrderLines, OrderLines]:
    """Split lines into earlier and last lines, or by a sample of orders if times are unknown."""
    if lines.has_times:
        late = lines.at >= lines.at[int(len(lines) * (1 - SHARE))]
    else:
        orders = int(lines.order.max(initial=0)) + 1
        late = (np.random.default_rng(seed).random(orders) < SHARE)[lines.order]
    return lines.select(~late), lines.select(late)


def leave_one_out(baskets: Baskets, known: NDArray[np.bool_], seed: int) -> Queries:
    """Leave out each known item of each order once, or a sample of them if there are many."""
    matrix = baskets.matrix.multiply(known[None]).tocsr()
    matrix.eliminate_zeros()
    sizes = np.diff(matrix.indptr)
    matrix = matrix[(sizes > 1) & (sizes <= MAX_BASKET)]
    order = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    chosen = np.sort(np.random.default_rng(seed).permutation(len(order))[:MAX_QUERIES])
    left_out = matrix.indices[chosen].astype(np.intp)
    own = (np.ones(len(chosen), np.float32), (np.arange(len(chosen)), left_out))
    rest = matrix[order[chosen]] - sparse.csr_matrix(own, shape=(len(chosen), matrix.shape[1]))
    rest.eliminate_zeros()
    return Queries(rest.tocsr(), left_out)
