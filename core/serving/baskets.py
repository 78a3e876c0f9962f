"""Ranks items for a basket: by links, by looks, and by the user's own list or by popularity."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple, Self

from core.item_links import MILLION
from core.recommendations import BoughtTogether, LooksLike, Reason

RECENCY = 0.97
"""Each item counts this much of the next newer item."""
LOOKALIKE_WEIGHT = 0.02
"""Weight of a link to an item that looks the same: weaker than that of most purchases."""
USER_WEIGHT = 0.05
"""Weight of the first item of the user's own list, beside the weights of links."""
MAX_LOOKALIKES = 20

BasketLink = tuple[int, str]
"""A link of an item in the basket: its weight in millionths, and the number of orders."""


@dataclass(frozen=True, slots=True)
class BasketItem:
    """An item in the basket, or an item that a visitor has looked at."""

    sku: str
    links: Mapping[str, BasketLink] = field(default_factory=dict)
    """By the SKU of the item that is bought together with this one."""
    lookalikes: Mapping[str, float] = field(default_factory=dict)
    """Cosine similarities by SKU; empty if there are enough links."""

    @classmethod
    def parse(cls, sku: str, links: str, similar: str) -> Self:
        """Return the item whose links and similar list are stored as these texts."""
        return cls(sku, _parse_links(links), _parse_similar(similar))

    @property
    def is_known(self) -> bool:
        """Return whether the item has a link or a lookalike."""
        return bool(self.links or self.lookalikes)


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
    scores = dict(pool) if any(item.links for item in basket) else {}
    for item, share in _with_shares(basket):
        per_unit = share / MILLION
        for sku, (weight, _) in item.links.items():
            scores[sku] = scores.get(sku, 0.0) + weight * per_unit
        for sku, cosine in item.lookalikes.items():
            scores[sku] = scores.get(sku, 0.0) + cosine * share * LOOKALIKE_WEIGHT
    for item in basket:
        scores.pop(item.sku, None)
    return map(Scored._make, sorted(scores.items(), key=itemgetter(1), reverse=True))


def reasons_of(sku: str, basket: Sequence[BasketItem]) -> list[Reason]:
    """Return the strongest link and the strongest resemblance of an item to the basket."""
    links = [
        (link[0] * share, item.sku, link[1])
        for item, share in _with_shares(basket)
        if (link := item.links.get(sku))
    ]
    looks = [(item.lookalikes[sku], item.sku) for item in basket if sku in item.lookalikes]
    reasons: list[Reason] = []
    if links:
        _, other, orders = max(links)
        reasons.append(BoughtTogether(other, int(orders)))
    if looks:
        cosine, other = max(looks)
        reasons.append(LooksLike(other, round(cosine, 4)))
    return reasons


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


def _parse_links(text: str) -> dict[str, BasketLink]:
    if not text:
        return {}
    cells = text.replace("\n", "\t").split("\t")  # SKU, orders, lift and weight of each link
    weighed = zip(map(int, cells[3::4]), cells[1::4], strict=True)
    return dict(zip(cells[::4], weighed, strict=True))


def _parse_similar(text: str) -> dict[str, float]:
    """Return the first items of a similar list; its first line says whether it is complete."""
    rows = [line.split("\t") for line in text.split("\n", MAX_LOOKALIKES + 1)[1:-1]]
    return {sku: int(score) / MILLION for sku, _, score in rows}
