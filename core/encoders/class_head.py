"""The classes of ImageNet that a network tells apart, as directions in its pooled last layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import unit_rows
from core.encoders.networks.torch_weights import read_tensors
from core.encoders.weights.lookup import ResolvedWeights

CLASSES = 1000
_MAX_HEADS = 4
Direction = NDArray[np.float32]


@dataclass(frozen=True)
class ClassHead:
    """The last layer of a classifier: `rows` (1000, dim) are of unit length.

    The mean of all rows is subtracted before: it says nothing about any class.
    """

    rows: Direction

    def middle(self, classes: Sequence[int]) -> Direction:
        """Return the mean (dim,) of the rows of some classes: shorter, the more they differ."""
        middle: Direction = self.rows[list(classes)].mean(axis=0)
        return middle


def class_head(weights: ResolvedWeights) -> ClassHead | None:
    """Return the classes of a network; None if its weights come without its classifier.

    Raises:
        NotInstalled: the file cannot be read.
    """
    if weights.description.kind != "efficientnet_lite":
        return None
    return _read(weights.path, weights.sha256)


@lru_cache(maxsize=_MAX_HEADS)
def _read(path: Path, _sha256: str) -> ClassHead | None:
    rows = read_tensors(path).get("_fc.weight")
    if rows is None or len(rows) != CLASSES:
        return None
    return ClassHead(unit_rows(rows - rows.mean(axis=0)))
