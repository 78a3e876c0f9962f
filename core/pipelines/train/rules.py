"""The rules for lists, as training runs apply them to estimate what they cost."""

from collections.abc import Sequence
from datetime import UTC, datetime

from core.pipelines.services import Services
from core.recommender.evaluation.rules_cost import Rerank
from core.rules import Placement, RuleBook
from core.serving.cards import Card
from core.serving.select import Candidate, ServingOptions, select
from core.storage import Collection


def load_rules(collection: Collection, services: Services) -> Rerank | None:
    """Return a function that applies the rules for lists; None if there are none now."""
    book = RuleBook.of(services.rules(collection).current())
    rules = book.active(Placement.LISTS, datetime.now(UTC))
    if not rules.rules:
        return None
    items = services.items(collection)
    cards = {item.sku: Card(item.attributes) for item in items.by_keys(list(items.keys()))}
    pinned = [Candidate(sku, 0.0) for sku in rules.pinned_skus]

    def rerank(skus: Sequence[str]) -> list[str]:
        options = ServingOptions(limit=len(skus), rules=rules)
        candidates = [Candidate(sku, 0.0) for sku in skus]
        return [item.sku for item in select(candidates, cards.get, options, pinned)]

    return rerank
