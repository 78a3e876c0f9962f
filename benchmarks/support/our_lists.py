"""The lists of our recommender for the customers of a split."""

from collections.abc import Iterator, Mapping

import numpy as np

from benchmarks.support.sales_splits import Items, Split
from core.recommender.evaluation.holdout import LIST_LENGTH
from core.recommender.options import RecommenderSettings
from core.recommender.ranking.lists import BLOCK, TrainedRecommender
from core.recommender.training import train_recommender


def rank(split: Split) -> Items:
    """Train on the order lines that a split gives to learn from, and return the lists."""
    return published_items(train(split), split)


def train(split: Split) -> TrainedRecommender:
    """Train on the order lines that a split gives to learn from."""
    repurchase = None if split.repeats else False  # None: measured by the training run itself
    settings = RecommenderSettings(allow_repurchase=repurchase, allow_missing_dates=True)
    return train_recommender(split.training, None, settings)


def published_items(trained: TrainedRecommender, split: Split) -> Items:
    """Return the published lists of the customers of a split, numbered as in the split."""
    numbers = {sku: n for n, sku in enumerate(split.training["sku"].cat.categories)}
    customers = split.training["user"].cat.categories[split.users]
    lists = dict(_lists(trained, set(customers), numbers))
    return np.array([_padded(lists.get(name, [])) for name in customers], np.intp)


def _lists(
    trained: TrainedRecommender, customers: set[str], numbers: Mapping[str, int]
) -> Iterator[tuple[str, list[int]]]:
    """Yield the lists of customers, from the blocks that contain any of them."""
    places = np.flatnonzero([name in customers for name in trained.users])
    for block in np.unique(places // BLOCK).tolist():
        for name, rows in trained.block(block, BLOCK):
            yield name, [numbers.get(row.sku, -1) for row in rows]


def _padded(items: list[int]) -> list[int]:
    return (items + [-1] * LIST_LENGTH)[:LIST_LENGTH]
