"""Builds recommendation lists for all users and regions, in blocks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.recommendations import Reason, Recommendation
from core.recommender.algorithms.als import FactorModel
from core.recommender.algorithms.base import Users
from core.recommender.algorithms.popularity import Popularity
from core.recommender.algorithms.score_block import Scores
from core.recommender.item_index import ItemIndex
from core.recommender.links.learning import LearnedLinks
from core.recommender.options import RecommenderSettings
from core.recommender.order_line_arrays import Ints, OrderLines
from core.recommender.ranking.best_items import best, block_size
from core.recommender.ranking.best_sellers import best_sellers
from core.recommender.ranking.blend import Blend, standardize
from core.recommender.ranking.diversity import POOL, diversify
from core.recommender.reasons.evidence import Evidence, Items
from core.recommender.regions import PERIODS, in_last_days
from core.recommender.training_report import TrainingReport

BLOCK = 256


@dataclass(frozen=True)
class TrainedRecommender:
    """The result of training: builds the lists of all users and regions."""

    report: TrainingReport
    users: Sequence[str]
    index: ItemIndex
    settings: RecommenderSettings
    ranking: Blend
    fallback: Blend
    """Ranking for users without any remaining purchase."""
    popularity: Popularity
    evidence: Evidence
    lines: OrderLines
    """The order lines from which everything was learned."""
    links: LearnedLinks | None = None
    """None in a worker that only builds a shard of the lists."""

    @property
    def factors(self) -> dict[str, FactorModel]:
        """The factor models of the ranking, by family."""
        algorithms = self.ranking.algorithms.items()
        return {name: model for name, model in algorithms if isinstance(model, FactorModel)}

    def block(self, number: int, size: int) -> list[tuple[str, list[Recommendation]]]:
        """Return the lists, best first, of the users in a block; blocks are counted from 0."""
        start, end = number * size, min((number + 1) * size, len(self.users))
        step = block_size(len(self.index.skus))
        parts = (np.arange(n, min(n + step, end)) for n in range(start, end, step))
        return [row for users in parts for row in self._lists(users)]

    def popular(self) -> dict[str, list[Recommendation]]:
        """Return the popular items of each region with enough orders, by region key.

        Other regions use the list of the next larger region; the root region always has a list.
        """
        large = self.evidence.large_regions(self.settings.min_region_orders)
        keys = self.evidence.regions.keys
        return {
            keys[region]: recommendations
            for start in range(0, len(large), BLOCK)
            for region, recommendations in self._popular_in(large[start : start + BLOCK])
        }

    def best_sellers(self) -> dict[str, list[Recommendation]]:
        """Return the items with most orders in the last days, by the key of region and period."""
        settings = self.settings
        return {
            in_last_days(region, days): recommendations
            for days in PERIODS
            for region, recommendations in best_sellers(
                self.lines,
                self.index.skus,
                self.index.allowed,
                days,
                min_orders=settings.min_region_orders,
                length=settings.list_length + settings.spare_length,
            )
        }

    def _lists(self, users: Users) -> list[tuple[str, list[Recommendation]]]:
        items, scores = self._top(users)
        reasons = self.evidence.reasons(users, items)
        rows = zip(users.tolist(), items.tolist(), _rounded(scores), reasons, strict=True)
        return [(self.users[user], self._list(*row)) for user, *row in rows]

    def _top(self, users: Users) -> tuple[Items, Scores]:
        length, diversity = self.settings.list_length, self.settings.diversity
        vectors, spare = self.index.vectors, self.settings.spare_length
        if not diversity or vectors is None:
            return self._ranked(users, length, spare)
        items, scores = self._ranked(users, max(POOL * length, length + spare))
        top_items = items[:, : length + spare].copy()
        top_scores = np.full(top_items.shape, -np.inf, np.float32)
        for row, (item, score) in enumerate(zip(items, scores, strict=True)):
            places = diversify(item, score, vectors, diversity, length + spare)
            top_items[row, : len(places)] = item[places]
            top_scores[row, : len(places)] = score[places]
        return top_items, top_scores

    def _ranked(self, users: Users, length: int, spare: int = 0) -> tuple[Items, Scores]:
        items, scores = self.ranking.top(users, length, spare)
        unknown = np.diff(self.evidence.purchases[users].indptr) == 0
        if unknown.any():
            items[unknown], scores[unknown] = self.fallback.top(users[unknown], length, spare)
        return items, scores

    def _list(
        self, items: list[int], scores: list[float], reasons: list[list[Reason]]
    ) -> list[Recommendation]:
        skus = map(self.index.skus.__getitem__, items)
        rows = map(Recommendation, skus, scores, reasons)
        return [row for row in rows if row.score > -np.inf]

    def _popular_in(self, regions: Ints) -> Iterator[tuple[int, list[Recommendation]]]:
        allowed = np.tile(self.index.allowed, (len(regions), 1))
        shares = self.popularity.shares.of(regions).toarray()
        length = self.settings.list_length + self.settings.spare_length
        items, scores = best(np.where(allowed, standardize(shares, allowed), -np.inf), length)
        reasons = self.evidence.in_regions(regions, items)
        rows = zip(regions.tolist(), items.tolist(), _rounded(scores), reasons, strict=True)
        return ((region, self._list(*row)) for region, *row in rows)


def _rounded(scores: Scores) -> list[list[float]]:
    rounded: list[list[float]] = scores.astype(np.float64).round(4).tolist()
    return rounded
