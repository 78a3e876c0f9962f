"""How good ranked lists are. `hits[u, r]`: whether user u's item at rank r is relevant.

`relevant[u]` is how many items are relevant to user u, at least one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Hits = NDArray[np.bool_]
Counts = NDArray[np.integer[Any]]
PerUser = NDArray[np.float64]


def discounts(k: int) -> NDArray[np.float64]:
    """1 / log2(rank + 1) of the ranks 1 to k."""
    return 1 / np.log2(np.arange(2, k + 2))


def ideal_gain(relevant: Counts, k: int) -> PerUser:
    """The most discounted gain that k ranks can have."""
    return np.asarray(np.cumsum(discounts(k))[np.minimum(relevant, k) - 1])


def ndcg(hits: Hits, relevant: Counts, k: int) -> PerUser:
    """Normalised discounted cumulative gain of the first k."""
    gain = hits[:, :k] @ discounts(k)[: hits.shape[1]]
    return np.asarray(gain / ideal_gain(relevant, k))


def recall(hits: Hits, relevant: Counts, k: int) -> PerUser:
    """The share of what is relevant that is among the first k."""
    return np.asarray(hits[:, :k].sum(axis=1) / relevant)


def average_precision(hits: Hits, relevant: Counts, k: int) -> PerUser:
    """Mean of the precision at each hit among the first k; MAP is its mean over users."""
    first = hits[:, :k]
    precision = np.cumsum(first, axis=1) / np.arange(1, first.shape[1] + 1)
    return np.asarray((precision * first).sum(axis=1) / np.minimum(relevant, k))


def chance(relevant: Counts, open: Counts, k: int) -> PerUser:
    """The NDCG to be expected of a shuffled list of `open` items."""
    return np.asarray(relevant / open * discounts(k).sum() / ideal_gain(relevant, k))
