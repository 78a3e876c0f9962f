"""Matches as numbers, so that sorting numbers sorts matches.

A key is a score in millionths, then the complement of the number of an image. Of two matches, the
one with the higher score has the larger key; if the scores are equal, the one with the smaller SKU,
then the smaller view.
"""

import numpy as np
from numpy.typing import NDArray

from core.similar.images import Numbers

Keys = NDArray[np.int64]

MILLION = 1_000_000
NONE = np.int64(-1)
"""The key of no match; it is less than every other key."""
_BITS = 32
_LAST = (1 << _BITS) - 1


def encode(scores: Keys, images: Numbers) -> Keys:
    """Return the keys of scores in millionths and images."""
    keys = scores << _BITS
    keys |= _LAST - images  # in place, since blocks of scores are large
    return keys


def decode_images(keys: Keys) -> Numbers:
    """Return the image of each key; for NONE, the number has no meaning."""
    return _LAST - (keys & _LAST)


def decode_scores(keys: Keys) -> Keys:
    """Return the score of each key in millionths; for NONE, the number has no meaning."""
    return keys >> _BITS


def best(keys: Keys, count: int) -> Keys:
    """Return the `count` largest keys of each row, in descending order, padded with NONE."""
    if keys.shape[1] > count:
        keys = np.partition(keys, -count, axis=1)[:, -count:]
    padding = count - keys.shape[1]
    ordered: Keys = np.sort(keys)[:, ::-1]
    return np.pad(ordered, ((0, 0), (0, padding)), constant_values=NONE)


def lengths(keys: Keys) -> Numbers:
    """Return the number of matches in each row."""
    counts: Numbers = np.sum(keys != NONE, axis=1, dtype=np.int64)
    return counts
