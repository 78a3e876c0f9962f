"""Finds the items with the most evidence for a text, from attributes and from images.

The evidence of an item for a phrase is 1 if its attributes contain it, or else what its image
shows. Its score is the mean over the phrases; with an image, the score of the image counts, too.
Items whose attributes contain the same phrases differ only in what their images show of the other
phrases, which is one query for all of them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.domain import Match
from core.pipelines.search_selection import Nearest
from core.pipelines.text_query import Evidence
from core.vectors import Vector
from core.vectors.store import LIMIT_RANGE, best_per_item, to_score

TEXT_SHARE = 1 / 3
"""The weight of the text in a search by text and image."""
_EXACT = 500
"""Items that are compared one by one; of more, those that a search finds."""
_NO_EVIDENCE = 1e-6

Views = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Images:
    """Access to the images of a collection."""

    nearest: Callable[[Vector, int], Nearest]
    """Returns at most so many of the best matches of a query."""
    views: Callable[[Collection[str]], Views]
    """Returns the views of the items that exist, by SKU."""
    vectors: Callable[[Collection[tuple[str, str]]], Mapping[tuple[str, str], Vector]]
    """Returns vectors by SKU and view."""


class TextMatches:
    """The matches of a text, and perhaps of an image (dim,)."""

    def __init__(
        self, evidence: Sequence[Evidence], image: Vector | None, images: Images, min_score: float
    ) -> None:
        self._known = [part for part in evidence if part.is_known]
        self._share = (1 if image is None else TEXT_SHARE) / max(len(self._known), 1)
        self._image = None if image is None else image * np.float32(1 - TEXT_SHARE)
        self._images, self._min_score = images, max(min_score, _NO_EVIDENCE)

    def nearest(self, limit: int, skus: Collection[str]) -> Nearest:
        """Return the best matches.

        `skus` are the items whose attributes contain some of the phrases, and that may be shown;
        of all others, only the images count.
        """
        query = self._query(self._known)
        others = Nearest([], are_all=True) if query is None else self._images.nearest(query, limit)
        of_others = [match for match in others.matches if match.sku not in skus]
        best = best_per_item([*self._of_items(skus, limit), *of_others], limit, self._min_score)
        return Nearest(best, are_all=others.are_all and len(skus) + len(of_others) <= limit)

    def _of_items(self, skus: Collection[str], limit: int) -> Iterator[Match]:
        for parts, group in self._groups(skus).items():
            base = self._share * sum(parts)
            rest = [part for part, has in zip(self._known, parts, strict=True) if not has]
            query = self._query(rest)
            if query is None:
                yield from self._equal(group[:limit], base)
            elif len(group) <= _EXACT:
                yield from self._compared(group, base, query)
            else:
                yield from self._searched(group, base, query, limit)

    def _groups(self, skus: Collection[str]) -> dict[tuple[bool, ...], list[str]]:
        """Return SKUs by the phrases that their attributes contain."""
        groups: defaultdict[tuple[bool, ...], list[str]] = defaultdict(list)
        for sku in sorted(skus):
            groups[tuple(sku in part.skus for part in self._known)].append(sku)
        return groups

    def _query(self, evidence: Sequence[Evidence]) -> Vector | None:
        share = np.float32(self._share)
        queries = [part.query * share for part in evidence if part.query is not None]
        queries += [] if self._image is None else [self._image]
        return np.sum(queries, axis=0, dtype=np.float32) if queries else None

    def _equal(self, group: list[str], base: float) -> Iterator[Match]:
        for sku, views in self._images.views(group).items():
            yield from (Match(sku, view, to_score(base)) for view in views[:1])

    def _compared(self, group: list[str], base: float, query: Vector) -> Iterator[Match]:
        keys = [(sku, view) for sku, views in self._images.views(group).items() for view in views]
        for (sku, view), vector in self._images.vectors(keys).items():
            yield Match(sku, view, to_score(base + max(float(vector @ query), 0)))

    def _searched(
        self, group: list[str], base: float, query: Vector, limit: int
    ) -> Iterator[Match]:
        nearest = self._images.nearest(query, LIMIT_RANGE[1])
        by_sku = {match.sku: match for match in nearest.matches}
        for sku in group:
            if match := by_sku.get(sku):
                yield Match(sku, match.view, to_score(base + match.score))
        yield from self._equal([sku for sku in group if sku not in by_sku][:limit], base)
