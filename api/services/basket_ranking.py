"""Ranks the candidates of a basket, and explains them, from what is published."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Self

import orjson

from core.cache.link_reader import CachedLinks
from core.item_links import LinkSummary
from core.recommendations import RECOMMENDATION, Reason
from core.serving.baskets import (
    USER_WEIGHT,
    BasketItem,
    Scored,
    rank,
    reasons_of,
    relative_scores,
)


class PublishedList:
    """A published list of a user or of a region, parsed as far as it is needed."""

    def __init__(self, text: str) -> None:
        pairs = (line.rpartition("\t") for line in text.split("\n") if line)
        self._rows = {sku: row for row, _, sku in pairs}

    def __iter__(self) -> Iterator[str]:
        """Iterate over the SKUs, best first."""
        return iter(self._rows)

    def scores(self, weight: float) -> dict[str, float]:
        """Return scores by SKU, relative to the best item, which gets this weight."""
        if weight <= 0:
            return {}
        scores = {sku: orjson.loads(row)["score"] for sku, row in self._rows.items()}
        return relative_scores(scores, weight)

    def reasons(self, sku: str) -> list[Reason]:
        """Return the reasons for an item; none if it is not in the list."""
        row = self._rows.get(sku)
        return RECOMMENDATION.validate_json(row).reasons if row else []


@dataclass(frozen=True)
class BasketRanking:
    """Everything that can be recommended for a basket."""

    basket: list[BasketItem]
    """The newest item last."""
    own: PublishedList
    popular: PublishedList
    summary: LinkSummary

    @classmethod
    def of(cls, skus: list[str], cached: CachedLinks) -> Self:
        """Return the ranking for SKUs, the newest last, by what was read for them."""
        texts = zip(skus, cached.links, cached.similar, strict=True)
        basket = [BasketItem.parse(*row) for row in texts]
        return cls(basket, PublishedList(cached.own), PublishedList(cached.popular), cached.summary)

    def without_lookalikes(self, skus: Collection[str]) -> Self:
        """Return the ranking in which these items of the basket bring no lookalikes."""
        if not skus:
            return self
        basket = [
            replace(item, lookalikes={}) if item.sku in skus else item for item in self.basket
        ]
        return replace(self, basket=basket)

    def candidates(self) -> Iterator[Scored]:
        """Yield all candidates, best first; those with a score of 0 only fill up the list.

        Items may be repeated.
        """
        yield from self._ranked()
        for sku in (*self.own, *self.popular):
            yield Scored(sku, 0.0)

    def _ranked(self) -> Iterator[Scored]:
        """Yield the items that go with the basket, best first.

        The user's own list takes part if there is one, otherwise popular items if the training run
        found that this helps.
        """
        weight = self.summary.popularity_weight
        own = self.own.scores(max(weight, USER_WEIGHT))
        return rank(self.basket, own or self.popular.scores(weight))

    def reasons(self, skus: Collection[str]) -> dict[str, list[Reason]]:
        """Return at least one reason for each item, the strongest kind first."""
        by_sku = reasons_of(frozenset(skus), self.basket)
        return {sku: self._completed(sku, by_sku.get(sku, [])) for sku in skus}

    def _completed(self, sku: str, reasons: list[Reason]) -> list[Reason]:
        """Add the reasons of the user's own list; without any, return why the item is popular."""
        own = self.own.reasons(sku)
        if not own:
            return reasons or self.popular.reasons(sku)
        kinds = {type(reason) for reason in reasons}
        return [*reasons, *(reason for reason in own if type(reason) not in kinds)]
