"""Candidate algorithms: validation chooses among a few variants of each family."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

from core.recommender.algorithms.again import Again
from core.recommender.algorithms.als import Als
from core.recommender.algorithms.base import Algorithm
from core.recommender.algorithms.ease import Ease
from core.recommender.algorithms.item_knn import BasketKnn, ItemKnn, VisualKnn
from core.recommender.algorithms.novelty import Novelty
from core.recommender.algorithms.popularity import Popularity
from core.recommender.algorithms.sampled_svd import SampledSvd
from core.recommender.algorithms.spark_als import SparkAls
from core.recommender.options import RecommenderSettings
from core.recommender.training_report import POPULARITY, AlgorithmSettings
from core.recommender.visual_neighbours import VisualNeighbours

_NOT_REPORTED = {"neighbours", "seed", "url", "best_sellers"}
VISUAL, NOVELTY = "visual", "novelty"
USUAL_WEIGHTS = {"ease": 0.8, "bm25": 0.8, POPULARITY: 0.8, NOVELTY: 0.2, "again": 1.6}
"""A blend that ranks well in most shops. The sum says how much the best items stand out when
weights are fitted; afterwards, only the proportions count."""
EXPENSIVE_ITEMS = 5_000  # with more items, EASE dominates the training time and gets fewer variants


@dataclass(frozen=True)
class Variant:
    """An algorithm with its settings, not yet fitted."""

    family: str
    algorithm_class: Callable[..., Algorithm]
    settings: dict[str, Any]

    def create(self) -> Algorithm:
        """Return a new algorithm that is not yet fitted."""
        return self.algorithm_class(**self.settings)

    @property
    def reported(self) -> AlgorithmSettings:
        """Family and settings as in the training report; together they identify the variant."""
        settings = {key: value for key, value in self.settings.items() if key not in _NOT_REPORTED}
        return AlgorithmSettings(family=self.family, settings=settings)

    def __str__(self) -> str:
        return str(self.reported)


def list_variants(
    settings: RecommenderSettings,
    *,
    lines: int,
    sold: int,
    pairs: int,
    neighbours: VisualNeighbours | None,
) -> list[Variant]:
    """List all variants that the shop's size allows, the usual variant of each family first.

    `lines` is the number of order lines, `sold` that of items with sales, and `pairs` that of
    distinct pairs of a user and a purchased item. Without `neighbours`, images are not used.
    """
    variants = [
        *_family(POPULARITY, Popularity, half_life=(7, 14, 3, 30, 90, None)),
        *_family("bm25", ItemKnn, weighting=("bm25",), half_life=(60, 30, None)),
        *_family("cosine", ItemKnn, weighting=("cosine",), half_life=(60, None)),
        *_family("baskets", BasketKnn, half_life=(60, None)),
        *_als(settings, lines),
        *_family(NOVELTY, Novelty),
    ]
    half_lives = (60, None) if sold > EXPENSIVE_ITEMS else (60, 30, 120, None)
    best_sellers = (settings.ease_best_sellers,)
    variants += _family("ease", Ease, half_life=half_lives, best_sellers=best_sellers)
    if settings.allow_repurchase:
        variants += _family("again", Again, half_life=(120, 60, 30, None))
    if pairs <= settings.svd_max_pairs:
        variants += _family("svd", SampledSvd, seed=(settings.seed,))
    if neighbours is not None:
        variants += _family(VISUAL, VisualKnn, neighbours=(neighbours,), half_life=(60, None))
    return variants


def without_times(variants: Iterable[Variant]) -> list[Variant]:
    """Return one variant of each family: if times are unknown, half-lives make no difference."""
    usual: dict[str, Variant] = {}
    for variant in variants:
        usual.setdefault(variant.family, variant)
    return [variant for family, variant in usual.items() if family != NOVELTY]


def _als(settings: RecommenderSettings, lines: int) -> list[Variant]:
    """Return ALS, on Spark if it is configured and there are enough sales, else on this host."""
    common: dict[str, tuple[Any, ...]] = {"half_life": (60, None), "seed": (settings.seed,)}
    if settings.spark_url and lines >= settings.spark_from_lines:
        return _family("spark", SparkAls, url=(settings.spark_url,), **common)
    return _family("als", Als, **common)


def _family(
    name: str, algorithm_class: Callable[..., Algorithm], **choices: tuple[Any, ...]
) -> list[Variant]:
    return [
        Variant(name, algorithm_class, dict(zip(choices, values, strict=True)))
        for values in product(*choices.values())
    ]
