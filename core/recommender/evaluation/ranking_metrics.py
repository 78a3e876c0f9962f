"""Metrics of ranked lists.

`hits[u, r]` says whether user u's item at rank r is relevant; `relevant[u]` is the number of items
that are relevant to user u, at least 1.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Hits = NDArray[np.bool_]
Counts = NDArray[np.integer[Any]]
PerUser = NDArray[np.float64]


def discounts(k: int) -> NDArray[np.float64]:
    """Return 1 / log2(rank + 1) for the ranks 1 to k."""
    return 1 / np.log2(np.arange(2, k + 2))


def ideal_gain(relevant: Counts, k: int) -> PerUser:
    """Return the largest possible discounted gain of k ranks."""
    return np.asarray(np.cumsum(discounts(k))[np.minimum(relevant, k) - 1])


def ndcg(hits: Hits, relevant: Counts, k: int) -> PerUser:
    """Return the binary NDCG of the first k items (Järvelin, Kekäläinen 2002)."""
    gain = hits[:, :k] @ discounts(k)[: hits.shape[1]]
    return np.asarray(gain / ideal_gain(relevant, k))


def recall(hits: Hits, relevant: Counts, k: int) -> PerUser:
    """Return the share of the relevant items among the first k items."""
    return np.asarray(hits[:, :k].sum(axis=1) / relevant)


def average_precision(hits: Hits, relevant: Counts, k: int) -> PerUser:
    """Return the average precision of the first k items; MAP is the mean over all users."""
    first = hits[:, :k]
    precision = np.cumsum(first, axis=1) / np.arange(1, first.shape[1] + 1)
    return np.asarray((precision * first).sum(axis=1) / np.minimum(relevant, k))


def chance_ndcg(relevant: Counts, eligible: Counts, k: int) -> PerUser:
    """Return the expected NDCG of a shuffled list of the eligible items."""
    return np.asarray(relevant / eligible * discounts(k).sum() / ideal_gain(relevant, k))
