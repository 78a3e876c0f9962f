"""Ranks items for a basket: by links, by looks, and by the user's own list or by popularity."""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from core.item_links import MILLION, LinkColumns, parse_columns
from core.recommendations import BoughtTogether, LooksLike, Reason

RECENCY = 0.97
"""Each item counts this much of the next newer item."""
LOOKALIKE_WEIGHT = 0.02
"""Weight of a link to an item that looks the same: weaker than that of most purchases."""
USER_WEIGHT = 0.05
"""Weight of the first item of the user's own list, beside the weights of links."""
MAX_LOOKALIKES = 20


@dataclass(frozen=True, slots=True)
class BasketItem:
    """An item in the basket, or an item that a visitor has looked at."""

    sku: str
    links: LinkColumns = field(default_factory=LinkColumns)
    """The items that are bought together with this one."""
    lookalikes: Mapping[str, float] = field(default_factory=dict)
    """Cosine similarities by SKU; empty if there are enough links."""

    @classmethod
    def parse(cls, sku: str, links: str, similar: str) -> Self:
        """Return the item whose links and similar list are stored as these texts."""
        return cls(sku, parse_columns(links), _parse_similar(similar))


class Scored(NamedTuple):
    """An item with its score for a basket."""

    sku: str
    score: float


def rank(basket: Sequence[BasketItem], pool: Mapping[str, float]) -> Iterator[Scored]:
    """Yield items that go with a basket, best first, without the basket's own items.

    A list shows few of the hundreds of candidates, so the others are only sorted.

    Args:
        basket: the newest item last.
        pool: additional scores by SKU. They count only if the basket has a link, since they are
            weighed against links.
    """
    scores = dict(pool) if any(item.links.skus for item in basket) else {}
    for item, share in _with_shares(basket):
        per_unit = share / MILLION
        for sku, weight in zip(item.links.skus, item.links.weights, strict=True):
            scores[sku] = scores.get(sku, 0.0) + weight * per_unit
        for sku, cosine in item.lookalikes.items():
            scores[sku] = scores.get(sku, 0.0) + cosine * share * LOOKALIKE_WEIGHT
    for item in basket:
        scores.pop(item.sku, None)
    best_first = sorted(scores, key=scores.__getitem__, reverse=True)
    return (Scored(sku, scores[sku]) for sku in best_first)


def reasons_of(skus: Container[str], basket: Sequence[BasketItem]) -> dict[str, list[Reason]]:
    """Return, by SKU, the strongest link and the strongest resemblance to the basket.

    Items without any are left out.
    """
    reasons: dict[str, list[Reason]] = defaultdict(list)
    for sku, (_, other, orders) in _strongest_links(skus, basket).items():
        reasons[sku].append(BoughtTogether(other, orders))
    for sku, (cosine, other) in _strongest_looks(skus, basket).items():
        reasons[sku].append(LooksLike(other, round(cosine, 4)))
    return reasons


def _strongest_links(
    skus: Container[str], basket: Sequence[BasketItem]
) -> dict[str, tuple[float, str, int]]:
    """Return, by SKU, a weight, the item of the basket and the number of orders."""
    strongest: dict[str, tuple[float, str, int]] = {}
    for item, share in _with_shares(basket):
        for sku, weight, orders in zip(*item.links[:3], strict=True):
            if sku in skus:
                link = weight * share, item.sku, orders
                strongest[sku] = max(link, strongest.get(sku, link))
    return strongest


def _strongest_looks(
    skus: Container[str], basket: Sequence[BasketItem]
) -> dict[str, tuple[float, str]]:
    """Return, by SKU, a cosine similarity and the item of the basket."""
    strongest: dict[str, tuple[float, str]] = {}
    for item in basket:
        for sku, cosine in item.lookalikes.items():
            if sku in skus:
                look = cosine, item.sku
                strongest[sku] = max(look, strongest.get(sku, look))
    return strongest


def relative_scores(scores: Mapping[str, float], weight: float) -> dict[str, float]:
    """Scale the scores of a list so that its best item has this weight; drop the others."""
    best = max(scores.values(), default=0.0)
    if best <= 0 or weight <= 0:
        return {}
    return {sku: weight * score / best for sku, score in scores.items() if score > 0}


def _with_shares(basket: Sequence[BasketItem]) -> Iterator[tuple[BasketItem, float]]:
    share = 1.0
    for item in reversed(basket):
        yield item, share
        share *= RECENCY


def _parse_similar(text: str) -> dict[str, float]:
    """Return the first items of a similar list; its first line says whether it is complete."""
    rows = [line.split("\t") for line in text.split("\n", MAX_LOOKALIKES + 1)[1:-1]]
    return {sku: int(score) / MILLION for sku, _, score in rows}
