"""All items by number: those sold first, then those only known by their looks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.recommender.visual_similarity import Alike, Looks, alike


@dataclass(frozen=True)
class Catalogue:
    """The items that the recommender counts."""

    skus: list[str]
    sold: int
    """So many of them, the first, were ever sold."""
    allowed: NDArray[np.bool_]
    """(items,): what may be recommended."""
    vectors: NDArray[np.float32] | None
    """(items, dim), zeros where an item has no picture; None: there are no pictures."""
    alike: Alike | None

    @property
    def pictured(self) -> NDArray[np.bool_]:
        """(items,): what has a look."""
        if self.vectors is None:
            return np.zeros(len(self.skus), bool)
        return np.asarray(self.vectors.any(axis=1))

    def without_looks(self) -> "Catalogue":
        """The same, had there been no pictures."""
        return replace(self, vectors=None, alike=None)

    def __len__(self) -> int:
        """How many items."""
        return len(self.skus)


def catalogue_of(
    sold: Sequence[str], looks: Looks | None, allowed: Collection[str] | None
) -> Catalogue:
    """Number the items; `allowed` None allows all.

    Raises:
        InvalidInput: none of them is allowed.
    """
    known = set(sold)
    skus = [*sold, *(sku for sku in (looks.skus if looks else ()) if sku not in known)]
    wanted = None if allowed is None else frozenset(allowed)
    open = np.array([wanted is None or sku in wanted for sku in skus], bool)
    if not open.any():
        raise InvalidInput("none of the items sold or seen is in the collection: upload its items")
    if looks is None or len(looks.skus) < 2:
        return Catalogue(skus, len(sold), open, None, None)
    number = {sku: n for n, sku in enumerate(skus)}
    items = np.array([number[sku] for sku in looks.skus], np.intp)
    vectors = np.zeros((len(skus), looks.vectors.shape[1]), np.float32)
    vectors[items] = looks.vectors
    return Catalogue(skus, len(sold), open, vectors, alike(looks.vectors, items, len(skus)))
