"""How much of a shop's catalogue the lists of a generation show."""

from collections.abc import Set as AbstractSet
from heapq import nsmallest

from core.recommender.training_summary import CatalogueCoverage
from core.storage.item import item_key

_MAX_UNSEEN = 24


def measure_coverage(listed_skus: AbstractSet[str], keys: AbstractSet[str]) -> CatalogueCoverage:
    """Count the items of a collection that at least one customer's list shows.

    Args:
        listed_skus: SKUs that lists show; items that were deleted meanwhile do not count.
        keys: keys of the collection's items.
    """
    count = sum(item_key(sku) in keys for sku in listed_skus)
    return CatalogueCoverage(
        items=len(keys), items_in_lists=count, sentence=_sentence(count, len(keys))
    )


def unseen_keys(listed_skus: AbstractSet[str], keys: AbstractSet[str]) -> list[str]:
    """Return the keys of some items that nobody's list shows.

    Keys are hashes, so the smallest ones are an arbitrary selection.
    """
    return nsmallest(_MAX_UNSEEN, keys - {item_key(sku) for sku in listed_skus})


def _sentence(count: int, items: int) -> str:
    if count == items:
        return "Every item of the shop is in at least one customer's list."
    percent = min(round(100 * count / items), 99)
    share = f"{percent} %" if percent or not count else "Less than 1 %"
    return (
        f"{share} of the shop's items ({count:,} of {items:,}) are in at least one customer's "
        f"list; in nobody's list: {items - count:,}."
    )
