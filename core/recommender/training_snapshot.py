"""The input of a training run."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import pandas as pd

from core.recommender.algorithms.als import FactorModel
from core.recommender.visual_neighbours import ItemEmbeddings


@dataclass(frozen=True)
class TrainingSnapshot:
    """The input of a training run, and the run's factor models, which are expensive to fit."""

    sales: pd.DataFrame
    """All order lines, oldest first, from `core.sales.order_line_frame`."""
    embeddings: ItemEmbeddings | None
    """None if there are no images."""
    allowed: AbstractSet[str] | None
    """SKUs that may be recommended; None allows all items with sales or images."""
    factors: Mapping[str, FactorModel] = field(default_factory=dict)
    """Factor models by family."""
