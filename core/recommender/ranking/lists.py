"""Ready lists, for every user and every region, made in blocks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.recommender.algorithms.als import Factors
from core.recommender.algorithms.base import Scores, Users
from core.recommender.algorithms.popularity import Popularity
from core.recommender.item_index import Catalogue
from core.recommender.options import RecommenderSettings
from core.recommender.purchases import Ints
from core.recommender.ranking.blend import Blend, best, standardised
from core.recommender.ranking.diversity import POOL, diverse
from core.recommender.reasons.evidence import Evidence, Items

BLOCK = 256
Recommendation = dict[str, Any]
"""`{sku, score, reasons}`; the score: standard deviations above the ordinary item."""


@dataclass(frozen=True)
class Trained:
    """What a training gives: lists of all users, lists of all regions, and a report."""

    report: dict[str, Any]
    users: Sequence[str]
    catalogue: Catalogue
    settings: RecommenderSettings
    ranking: Blend
    fallback: Blend
    """For users of whom no purchase is left."""
    popularity: Popularity
    evidence: Evidence

    @property
    def factors(self) -> dict[str, Factors]:
        """Of the ranking's algorithms those that are vectors, by family."""
        algorithms = self.ranking.algorithms.items()
        return {name: one for name, one in algorithms if isinstance(one, Factors)}

    def blocks(self, size: int = 256) -> Iterator[list[tuple[str, list[Recommendation]]]]:
        """Yield all users' lists, so many users at a time; each list the best first."""
        for number in range(-(-len(self.users) // size)):
            yield self.block(number, size)

    def block(self, number: int, size: int) -> list[tuple[str, list[Recommendation]]]:
        """The lists of the users of one block, counted from 0."""
        start = number * size
        return self._lists(np.arange(start, min(start + size, len(self.users))))

    def popular(self) -> dict[str, list[Recommendation]]:
        """What is popular in each region with enough orders, by the keys of `regions`.

        A region that is not there is served by the next larger one; the empty key is always there.
        """
        large = self.evidence.large_regions(self.settings.region_orders)
        keys = self.evidence.regions.keys
        return {
            keys[region]: listed
            for start in range(0, len(large), BLOCK)
            for region, listed in self._popular_in(large[start : start + BLOCK])
        }

    def _lists(self, users: Users) -> list[tuple[str, list[Recommendation]]]:
        items, scores = self._top(users)
        reasons = self.evidence.reasons(users, items)
        rows = zip(users.tolist(), items.tolist(), scores.tolist(), reasons, strict=True)
        return [(self.users[user], self._list(*row)) for user, *row in rows]

    def _top(self, users: Users) -> tuple[Items, Scores]:
        length, share = self.settings.length, self.settings.diversity
        vectors = self.catalogue.vectors
        if not share or vectors is None:
            return self._ranked(users, length)
        items, scores = self._ranked(users, POOL * length)
        shown = items[:, :length].copy()
        theirs = np.full(shown.shape, -np.inf, np.float32)
        for row, (item, score) in enumerate(zip(items, scores, strict=True)):
            places = diverse(item, score, vectors, share, length)
            shown[row, : len(places)], theirs[row, : len(places)] = item[places], score[places]
        return shown, theirs

    def _ranked(self, users: Users, length: int) -> tuple[Items, Scores]:
        items, scores = self.ranking.top(users, length)
        strange = np.diff(self.evidence.bought[users].indptr) == 0
        if strange.any():
            items[strange], scores[strange] = self.fallback.top(users[strange], length)
        return items, scores

    def _list(
        self, items: list[int], scores: list[float], reasons: list[list[dict[str, Any]]]
    ) -> list[Recommendation]:
        return [
            {"sku": self.catalogue.skus[item], "score": round(score, 4), "reasons": why}
            for item, score, why in zip(items, scores, reasons, strict=True)
            if score > -np.inf
        ]

    def _popular_in(self, regions: Ints) -> Iterator[tuple[int, list[Recommendation]]]:
        open = np.tile(self.catalogue.allowed, (len(regions), 1))
        shares = np.stack([self.popularity.share(region) for region in regions.tolist()])
        items, scores = best(
            np.where(open, standardised(shares, open), -np.inf), self.settings.length
        )
        reasons = self.evidence.in_regions(regions, items)
        rows = zip(regions.tolist(), items.tolist(), scores.tolist(), reasons, strict=True)
        return ((region, self._list(*row)) for region, *row in rows)
