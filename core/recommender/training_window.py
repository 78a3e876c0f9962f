"""One stretch of the sales, as something to learn from: the same in validation, test and use."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.base import Algorithm
from core.recommender.interactions import Interactions
from core.recommender.item_index import Catalogue
from core.recommender.options import RecommenderSettings
from core.recommender.purchases import Lines
from core.recommender.ranking.blend import Blend, ColdItems, Weights, cold_items
from core.recommender.ranking.eligibility import Rules, rules_of


@dataclass(frozen=True)
class Period:
    """What is known at the end of it."""

    interactions: Interactions
    rules: Rules
    thin: NDArray[np.bool_]
    """(users,)."""
    cold: NDArray[np.bool_]
    """(items,)."""
    heirs: ColdItems | None
    explored: float

    def blend(self, algorithms: Mapping[str, Algorithm], weights: Weights) -> Blend:
        """A ranking by algorithms that were fitted to this period."""
        return Blend(algorithms, weights, self.rules, self.thin, self.heirs, self.explored)

    def alone(self, name: str, algorithm: Algorithm) -> Blend:
        """A ranking by one algorithm."""
        return self.blend({name: algorithm}, Weights({name: 1.0}, {name: 1.0}))


def period_of(
    lines: Lines,
    catalogue: Catalogue,
    settings: RecommenderSettings,
    on_sale: NDArray[np.bool_] | None = None,
) -> Period:
    """Count what the lines say of users and items.

    What is neither sold in them nor pictured is not recommended: nothing is known of it. To look
    back, give what was on sale: of an item that nobody ever bought that cannot be said.
    """
    interactions = Interactions(lines)
    bought = interactions.weighted()
    sales = np.bincount(lines.item, minlength=lines.items)
    seen = catalogue.alike
    known = catalogue.allowed & ((sales > 0) | catalogue.pictured)
    if on_sale is not None:
        known &= on_sale
    return Period(
        interactions,
        rules_of(interactions, known, repeat=settings.repeat),
        np.diff(bought.indptr) <= settings.thin_up_to,
        sales < settings.cold_below,
        None if seen is None else cold_items(seen.striking, sales, settings.cold_below),
        settings.explored,
    )
