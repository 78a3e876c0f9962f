"""What may be learned: families of algorithms, each in a few variants to choose from."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

from core.recommender.algorithms.als import Als
from core.recommender.algorithms.base import Algorithm
from core.recommender.algorithms.ease import Ease
from core.recommender.algorithms.item_knn import Neighbours, Together
from core.recommender.algorithms.popularity import Popularity
from core.recommender.algorithms.sampled_svd import SampledSvd
from core.recommender.algorithms.spark_als import SparkAls
from core.recommender.algorithms.visual_knn import LookAlikes
from core.recommender.options import RecommenderSettings
from core.recommender.visual_similarity import Alike

_UNSHOWN = {"alike", "seed", "url"}
POPULARITY, LOOKS = "popularity", "looks"
DEAR_ITEMS = 5_000  # above this an inverse takes longer than all else: fewer are tried


@dataclass(frozen=True)
class Variant:
    """One algorithm with its settings, not yet fitted."""

    family: str
    make: Callable[..., Algorithm]
    settings: dict[str, Any]

    def fresh(self) -> Algorithm:
        """A new one, to be fitted."""
        return self.make(**self.settings)

    def row(self) -> dict[str, Any]:
        """For the report."""
        shown = {key: value for key, value in self.settings.items() if key not in _UNSHOWN}
        return {"family": self.family, "settings": shown}

    def __str__(self) -> str:
        shown = ", ".join(f"{key} {value}" for key, value in self.row()["settings"].items())
        return f"{self.family} ({shown})" if shown else self.family


def variants(
    settings: RecommenderSettings, *, lines: int, sold: int, pairs: int, alike: Alike | None
) -> list[Variant]:
    """All that this shop's size allows, the usual variant of each family first."""
    rows = [
        *_family(POPULARITY, Popularity, half_life=(30, 14, 7, 3, 90, None)),
        *_family("bm25", Neighbours, weighting=("bm25",), half_life=(60, 30, None)),
        *_family("cosine", Neighbours, weighting=("cosine",), half_life=(60, None)),
        *_family("together", Together, half_life=(60, None)),
        *_als(settings, lines),
    ]
    if sold <= settings.ease_items:
        dear = sold > DEAR_ITEMS
        rows += _family("ease", Ease, half_life=(60, None) if dear else (60, 30, 120, None))
    if pairs <= settings.svd_pairs:
        rows += _family("svd", SampledSvd, seed=(settings.seed,))
    if alike is not None:
        rows += _family(LOOKS, LookAlikes, alike=(alike,), half_life=(60, None))
    return rows


def _als(settings: RecommenderSettings, lines: int) -> list[Variant]:
    """On this machine, or on many where they are there and it is worth their while."""
    common: dict[str, tuple[Any, ...]] = {"half_life": (60, None), "seed": (settings.seed,)}
    if settings.spark and lines >= settings.spark_from:
        return _family("spark", SparkAls, url=(settings.spark,), **common)
    return _family("als", Als, **common)


def _family(name: str, make: Callable[..., Algorithm], **choices: tuple[Any, ...]) -> list[Variant]:
    """A variant for each combination, the first of each choice first."""
    return [
        Variant(name, make, dict(zip(choices, values, strict=True)))
        for values in product(*choices.values())
    ]
