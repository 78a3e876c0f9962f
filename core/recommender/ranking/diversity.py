"""Diversity by maximal marginal relevance (MMR, Carbonell & Goldstein 1998)."""

import numpy as np
from numpy.typing import NDArray

POOL = 3  # candidates for each place in the list


def diversify(
    items: NDArray[np.intp],
    scores: NDArray[np.float32],
    vectors: NDArray[np.float32],
    diversity: float,
    length: int,
) -> NDArray[np.intp]:
    """Choose items greedily by (1 - diversity) * relevance - diversity * similarity.

    Relevance is the score scaled to [0, 1]; similarity is the largest cosine to the items chosen so
    far, at least 0.

    Args:
        items: best items (n,) of a user, best first.
        scores: scores (n,) of these items; items with -inf are left out.
        vectors: (all items, dim), unit vectors, or zeros for an item without an image.
        diversity: in [0, 1].
        length: length of the list.

    Returns:
        Positions in `items`, in the order of the list.
    """
    similarity = vectors[items] @ vectors[items].T
    available = np.isfinite(scores)
    lowest = float(min(scores[available], default=0))
    relevance = np.where(available, scores, lowest) - lowest
    relevance /= max(float(relevance.max()), 1e-9)
    nearest = np.zeros(len(items))
    positions = []
    for _ in range(min(length, int(available.sum()))):
        marginal = (1 - diversity) * relevance - diversity * nearest
        position = int(np.where(available, marginal, -np.inf).argmax())
        positions.append(position)
        available[position] = False
        nearest = np.maximum(nearest, similarity[position])
    return np.array(positions, np.intp)
