"""Finds the items with the highest scores in each row of a matrix."""

import numpy as np
from numpy.typing import NDArray

GROUP = 32
BLOCK_CELLS = 2_000_000
Scores = NDArray[np.float32]
"""(users, items): higher is better."""


def block_size(items: int) -> int:
    """Return how many users to score at a time.

    Arrays of more than 32 MB are returned to the system and mapped anew each time: on 25,000 items,
    standardising scores in such blocks takes seven times as long.
    """
    return max(BLOCK_CELLS // max(items, 1), 1)


def best(scores: Scores, length: int) -> tuple[NDArray[np.intp], Scores]:
    """Return the items with the highest scores, best first; ties are ordered by item number."""
    length = min(length, scores.shape[1])
    items = np.sort(unsorted_best(scores, length), axis=1)
    highest = np.take_along_axis(scores, items, axis=1)
    order = np.argsort(-highest, axis=1, kind="stable")
    return np.take_along_axis(items, order, axis=1), np.take_along_axis(highest, order, axis=1)


def unsorted_best(scores: Scores, length: int) -> NDArray[np.intp]:
    """Return (users, length): the items with the highest scores, unsorted.

    If there are many items, they are grouped, and only the groups with the highest maxima are
    searched: this is ten times as fast.
    """
    users, items = scores.shape
    if items < 4 * GROUP * length:
        # a copy: a slice would keep the whole array in memory
        return np.argpartition(-scores, length - 1, axis=1)[:, :length].copy()
    step = items // GROUP
    grouped = step * GROUP
    # items of a group are far apart, so that the maxima are of whole rows
    maxima = scores[:, :grouped].reshape(users, GROUP, step).max(axis=1)
    groups = np.argpartition(-maxima, length - 1, axis=1)[:, :length]
    members = (groups[:, :, None] + np.arange(GROUP) * step).reshape(users, -1)
    rest = np.tile(np.arange(grouped, items), (users, 1))
    candidates = np.concatenate([members, rest], axis=1)
    candidate_scores = np.take_along_axis(scores, candidates, axis=1)
    positions = np.argpartition(-candidate_scores, length - 1, axis=1)[:, :length]
    return np.take_along_axis(candidates, positions, axis=1)
