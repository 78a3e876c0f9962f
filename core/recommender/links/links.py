"""The strongest links of each item, computed in chunks of items to bound the memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.item_links import MILLION, to_text
from core.recommender.links.baskets import Baskets, Numbers
from core.recommender.links.weights import Weigh

LENGTH = 50
"""Each item has at most this many links."""
MAX_PAIRS = 4_000_000
"""Pairs of items in memory at a time, except that one item may have more."""

LARGEST = 2 * MILLION
"""No weight is as large: weights are at most about 1."""


@dataclass(frozen=True)
class ItemLinks:
    """The links of all items, sorted by item, then best first; all arrays are (links,)."""

    item: Numbers
    linked: Numbers
    """The item that is bought together with `item`."""
    orders: NDArray[np.int64]
    """Orders that contain both."""
    weight: NDArray[np.int64]
    """In millionths."""
    baskets: Baskets

    def __len__(self) -> int:
        return len(self.item)

    @property
    def lift(self) -> NDArray[np.float64]:
        """Orders with both items, divided by the number to expect if items were independent."""
        counts, total = self.baskets.counts, self.baskets.matrix.shape[0]
        return np.asarray(self.orders * (total / (counts[self.item] * counts[self.linked])))

    @property
    def matrix(self) -> sparse.csr_matrix:
        """Return float32 (items, items): the weights."""
        items = self.baskets.matrix.shape[1]
        weights = (self.weight / MILLION).astype(np.float32)
        return sparse.csr_matrix((weights, (self.item, self.linked)), shape=(items, items))

    def rows(self, skus: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the SKU of each item that has links, and the links as text."""
        starts = np.flatnonzero(np.diff(self.item, prepend=-1)).tolist()
        linked = [skus[item] for item in self.linked.tolist()]
        columns = linked, self.orders.tolist(), self.lift.tolist(), self.weight.tolist()
        links = list(zip(*columns, strict=True))
        for start, end in pairwise([*starts, len(links)]):
            yield skus[self.item[start]], to_text(links[start:end])


def strongest_links(baskets: Baskets, weigh: Weigh, allowed: NDArray[np.bool_]) -> ItemLinks:
    """Return each item's links of positive weight to allowed items, at most `LENGTH`."""
    by_item = baskets.matrix.T.tocsr()
    parts = [
        _strongest(begin, by_item[begin:end] @ baskets.matrix, weigh, allowed)
        for begin, end in _chunks(baskets)
    ]
    nothing = np.zeros((4, 0), np.int64)
    item, linked, orders, weight = np.concatenate([nothing, *parts], axis=1)
    return ItemLinks(item, linked, orders, weight, baskets)


def _strongest(
    begin: int, common_orders: sparse.csr_matrix, weigh: Weigh, allowed: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return (4, links): item, linked item, orders with both, and weight in millionths."""
    common_orders.sort_indices()
    pairs = common_orders.tocoo()
    item, linked, both = pairs.row.astype(np.intp) + begin, pairs.col.astype(np.intp), pairs.data
    others = (item != linked) & allowed[linked]
    item, linked, both = item[others], linked[others], both[others]
    weight = np.rint(weigh(item, linked, both).astype(np.float64) * MILLION).astype(np.int64)
    columns = np.stack([item, linked, np.rint(both).astype(np.int64), weight])[:, weight > 0]
    # stable: links of the same weight stay sorted by item
    best_first = np.argsort(columns[0] * LARGEST - np.minimum(columns[3], LARGEST), kind="stable")
    columns = columns[:, best_first]
    rank = np.arange(columns.shape[1]) - np.searchsorted(columns[0], columns[0])
    return columns[:, rank < LENGTH]


def _chunks(baskets: Baskets) -> Iterator[tuple[int, int]]:
    """Yield ranges of items that have at most `MAX_PAIRS` pairs, or that consist of one item."""
    items = baskets.matrix.shape[1]
    pairs = np.minimum(baskets.matrix.T @ baskets.sizes, items)
    begin, total = 0, 0.0
    for item, count in enumerate(pairs.tolist()):
        if total + count > MAX_PAIRS and item > begin:
            yield begin, item
            begin, total = item, 0.0
        total += count
    if items > begin:
        yield begin, items
