"""Whom an item looks like: something a user bought, or, where it is cold, something sold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.ranking.blend import ColdItems
from core.recommender.reasons.sparse_lookup import Lookup
from core.recommender.visual_similarity import Alike

STRIKING = 4.0  # two standard deviations liker than others
NOBODY = -1


@dataclass(frozen=True)
class Resemblance:
    """What can be shown of looks."""

    cosine: Lookup
    """(items, items): of a purchase and an item that looks strikingly like it, or inherits from it;
    at most 1."""
    model: NDArray[np.intp]
    """(items,): the sold item that a cold one looks like most; `NOBODY` if it is not cold, or looks
    like nothing that is sold."""
    closeness: NDArray[np.float64]
    """(items,): the cosine of the two; at most 1."""


def resemblance(alike: Alike, cold: ColdItems | None) -> Resemblance:
    """Gather what is striking, and where the scores of cold items come from."""
    cosine = alike.cosine.copy()
    cosine.data = np.clip(cosine.data, 0, 1)
    striking = cosine.copy()
    striking.data = np.where(alike.striking.data >= STRIKING, striking.data, 0)
    model, closeness = np.full(cosine.shape[0], NOBODY, np.intp), np.zeros(cosine.shape[0])
    if cold is None or not len(cold.items):
        return Resemblance(Lookup(striking), model, closeness)
    nearness, shares = Lookup(cosine), cold.heirs.tocoo()
    sold, heir = shares.row, cold.items[shares.col]
    near = np.where(shares.data > 0, nearness.at(heir, sold), 0)
    inherited = sparse.csr_matrix((near, (sold, heir)), shape=cosine.shape)
    first = np.asarray(cold.heirs.argmax(axis=0)).ravel()
    closeness[cold.items] = nearness.at(cold.items, first)
    model[cold.items] = np.where(closeness[cold.items] > 0, first, NOBODY)
    return Resemblance(Lookup(striking.maximum(inherited)), model, closeness)
