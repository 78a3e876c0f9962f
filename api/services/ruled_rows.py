"""Rows of published lists that rules move or bring in, and the reasons for it."""

from collections.abc import Iterable

import orjson

from api.dependencies import Services
from api.services.selection import read_cards
from core.cache import CachedRow
from core.domain import Availability
from core.rules import ActiveRules
from core.serving.rules import rules_for
from core.serving.select import Selected


async def read_pinned(
    collection: str, rules: ActiveRules, rows: Iterable[CachedRow], services: Services
) -> list[CachedRow]:
    """Return rows of the pinned items that a list does not contain; their score is 0.

    Raises:
        Unavailable: the cache has lost cards, or Redis does not respond.
    """
    if not (pinned := rules.pinned_skus):
        return []
    listed = {row.sku for row in rows}
    skus = [sku for sku in pinned if sku not in listed]
    cards = await read_cards(collection, skus, services)
    return [_row(sku, card.availability, card.attributes) for sku, card in cards.items()]


def explain(item: Selected[CachedRow], rules: ActiveRules) -> CachedRow:
    """Return the row of an item with the rules that name it as its first reasons."""
    ids = rules_for(item, rules)
    if not ids:
        return item.candidate
    recommendation = orjson.loads(item.candidate.text)
    by_rule = [{"kind": "rule", "rule": id} for id in ids]
    recommendation["reasons"] = [*by_rule, *recommendation["reasons"]]
    return item.candidate._replace(text=orjson.dumps(recommendation))


def _row(sku: str, availability: Availability, card: str) -> CachedRow:
    text = orjson.dumps({"sku": sku, "score": 0.0, "reasons": []})
    return CachedRow(sku, text, availability, card.encode())
