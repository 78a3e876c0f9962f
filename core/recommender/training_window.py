"""The sales of a period, prepared for fitting models: for validation, testing or final training."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Algorithm
from core.recommender.candidates import Variant
from core.recommender.interactions import Interactions
from core.recommender.item_index import ItemIndex
from core.recommender.options import RecommenderSettings
from core.recommender.order_line_arrays import OrderLines
from core.recommender.ranking.blend import Blend, ColdItems, find_cold_items
from core.recommender.ranking.eligibility import Eligibility
from core.recommender.training_report import BlendWeights


@dataclass(frozen=True)
class TrainingWindow:
    """The data known at the end of the period."""

    interactions: Interactions
    eligibility: Eligibility
    low_activity: NDArray[np.bool_]
    """(users,): whether a user bought little."""
    is_cold: NDArray[np.bool_]
    """(items,): whether an item has too few sales."""
    cold_items: ColdItems | None
    """None if images are not used."""
    exploration_share: float

    def fit(
        self, variants: Mapping[str, Variant], fitted: Mapping[str, Algorithm]
    ) -> dict[str, Algorithm]:
        """Fit variants to this period, except those in `fitted`."""
        return {
            name: fitted.get(name) or variant.create().fit(self.interactions)
            for name, variant in variants.items()
        }

    def blend(self, algorithms: Mapping[str, Algorithm], weights: BlendWeights) -> Blend:
        """Return a ranking by algorithms, which must be fitted to this period."""
        return Blend(
            algorithms,
            weights,
            self.eligibility,
            self.cold_items,
            self.exploration_share,
        )

    def excluding(self, bought: OrderLines) -> "TrainingWindow":
        """Return the window with `bought` as the purchases that are not recommended again."""
        excluded = Interactions(bought).purchase_matrix()
        return replace(self, eligibility=replace(self.eligibility, excluded=excluded))

    def single(self, name: str, algorithm: Algorithm) -> Blend:
        """Return a ranking by one algorithm."""
        return self.blend({name: algorithm}, BlendWeights({name: 1.0}))


def build_training_window(
    lines: OrderLines,
    index: ItemIndex,
    settings: RecommenderSettings,
    on_sale: NDArray[np.bool_] | None = None,
) -> TrainingWindow:
    """Prepare order lines for learning.

    Items with neither sales nor images are not eligible, since nothing is known about them. For a
    past period, `on_sale` (items,) further restricts the eligible items.
    """
    interactions = Interactions(lines)
    purchases = interactions.purchase_matrix()
    excluded = sparse.csr_matrix(purchases.shape) if settings.allow_repurchase else purchases
    sales = np.bincount(lines.item, minlength=lines.items)
    allowed = index.allowed & ((sales > 0) | index.has_image)
    if on_sale is not None:
        allowed &= on_sale
    cold = None
    if index.neighbours is not None:
        cold = find_cold_items(index.neighbours.squared_zscore, sales, settings.cold_below)
    return TrainingWindow(
        interactions,
        Eligibility(allowed, excluded, purchases, settings.max_repurchase_share),
        np.diff(purchases.indptr) <= settings.low_activity_max,
        sales < settings.cold_below,
        cold,
        settings.exploration,
    )
