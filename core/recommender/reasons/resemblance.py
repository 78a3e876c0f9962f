"""Visual resemblance of an item to a purchase or, if the item is cold, to a warm item."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.ranking.blend import ColdItems
from core.recommender.reasons.sparse_lookup import SparseLookup
from core.recommender.visual_neighbours import VisualNeighbours

MIN_SQUARED_ZSCORE = 4.0  # two standard deviations above an item's mean similarity
NO_ITEM = -1


@dataclass(frozen=True)
class Resemblance:
    """Visual similarities that can be shown as a reason."""

    cosine: SparseLookup
    """(items, items): cosine of a purchase and an item that looks notably similar or inherits its
    score; at most 1."""
    closest_warm: NDArray[np.intp]
    """(items,): the warm item that a cold item looks most like; `NO_ITEM` if there is none, or if
    the item is not cold."""
    closest_cosine: NDArray[np.float64]
    """(items,): the cosine of both items; at most 1."""


def find_resemblance(neighbours: VisualNeighbours, cold: ColdItems | None) -> Resemblance:
    """Gather notable similarities, and the similarities through which cold items inherit scores."""
    cosine = neighbours.cosine.copy()
    cosine.data = np.clip(cosine.data, 0, 1)
    notable = cosine.copy()
    is_notable = neighbours.squared_zscore.data >= MIN_SQUARED_ZSCORE
    notable.data = np.where(is_notable, notable.data, 0)
    closest = np.full(cosine.shape[0], NO_ITEM, np.intp)
    closest_cosine = np.zeros(cosine.shape[0])
    if cold is None or not len(cold.items):
        return Resemblance(SparseLookup(notable), closest, closest_cosine)
    lookup, shares = SparseLookup(cosine), cold.cold_start_weights.tocoo()
    parent, child = shares.row, cold.items[shares.col]
    values = np.where(shares.data > 0, lookup.at(child, parent), 0)
    inherited = sparse.csr_matrix((values, (parent, child)), shape=cosine.shape)
    first = np.asarray(cold.cold_start_weights.argmax(axis=0)).ravel()
    closest_cosine[cold.items] = lookup.at(cold.items, first)
    closest[cold.items] = np.where(closest_cosine[cold.items] > 0, first, NO_ITEM)
    return Resemblance(SparseLookup(notable.maximum(inherited)), closest, closest_cosine)
