"""Maximal marginal relevance: good, and unlike what is above it in the list."""

import numpy as np
from numpy.typing import NDArray

POOL = 3  # times the length of the list


def diverse(
    items: NDArray[np.intp],
    scores: NDArray[np.float32],
    vectors: NDArray[np.float32],
    share: float,
    length: int,
) -> NDArray[np.intp]:
    """Places of the items to show, in their order.

    Args:
        items: one user's best (n,), best first.
        scores: theirs (n,); those of -inf are not to be shown.
        vectors: a look for every item, unit length; zeros where it has none.
        share: of unlikeness in the choice, in [0, 1].
        length: how many places are wanted.
    """
    likeness = vectors[items] @ vectors[items].T
    left = np.isfinite(scores)
    low = float(min(scores[left], default=0))
    good = np.where(left, scores, low) - low
    good /= max(float(good.max()), 1e-9)
    nearest = np.zeros(len(items))
    places = []
    for _ in range(min(length, int(left.sum()))):
        worth = np.where(left, (1 - share) * good - share * nearest, -np.inf)
        place = int(worth.argmax())
        places.append(place)
        left[place] = False
        nearest = np.maximum(nearest, likeness[place])
    return np.array(places, np.intp)
