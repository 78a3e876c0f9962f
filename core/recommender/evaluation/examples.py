"""Chooses customers of the hold-out as examples: good, middling and bad lists alike."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.recommender.evaluation.hit_rates import SHOWN
from core.recommender.evaluation.holdout import HoldoutSet, RankedLists
from core.recommender.ranking.eligibility import Eligibility
from core.recommender.training_summary import ExampleCustomer

MAX_BOUGHT = 10
LABELS = (
    (0.0, "the best list"),
    (1.0, "the worst list"),
    (0.5, "the list in the middle"),
    (0.25, "a quarter of the lists were as good or better"),
    (0.75, "three quarters of the lists were as good or better"),
)
"""Positions from the best to the worst list; with few customers, the first labels are used."""


def choose_examples(
    lists: RankedLists, returning: HoldoutSet, eligibility: Eligibility, skus: Sequence[str]
) -> list[ExampleCustomer]:
    """Return up to five customers, at even distances from the best to the worst list.

    Lists are compared by NDCG@10; equally good lists are put in random order.
    """
    order = _from_best_to_worst(lists.ndcg)
    places: dict[int, str] = {}
    for position, label in LABELS:
        places.setdefault(round(position * (len(order) - 1)), label)
    examples = []
    for place, label in sorted(places.items()):
        row = int(order[place])
        eligible = eligibility.mask(returning.users[row : row + 1])[0]
        items = lists.items[row, :SHOWN]
        recommended = [skus[item] for item in items[eligible[items]]]
        bought = [skus[item] for item in returning.relevant[row].indices]
        examples.append(_example(place, label, recommended, bought))
    return examples


def describe_choice(examples: Sequence[ExampleCustomer], customers: int) -> str:
    """Say how the examples were chosen."""
    if len(examples) == customers:
        return "These are all customers who were measured, the best list first."
    return (
        f"These {len(examples)} of {customers:,} customers were chosen by the quality of their "
        "lists, at even distances from the best to the worst; equally good lists are in random "
        "order. No customer is named."
    )


def _from_best_to_worst(ndcg: NDArray[np.float64]) -> NDArray[np.intp]:
    shuffled = np.random.default_rng(0).permutation(len(ndcg))
    return shuffled[np.argsort(-ndcg[shuffled], kind="stable")]


def _example(place: int, label: str, recommended: list[str], bought: list[str]) -> ExampleCustomer:
    found_first = sorted(bought, key=lambda sku: (sku not in recommended, sku))
    return ExampleCustomer(
        label=label,
        place=place + 1,
        recommended=recommended,
        bought=found_first[:MAX_BOUGHT],
        bought_count=len(bought),
    )
