"""Explains why no item of a collection matches a filter."""

from itertools import islice

from api.dependencies import Services
from core.filters.hints import explain_no_matches
from core.filters.parse import Filter
from core.storage import Collection

_SAMPLE = 200


def explain_filter(filter: Filter, collection: Collection, services: Services) -> str | None:
    """Return why no item matches, based on a sample of the items; None if no reason is evident.

    Reading all items could cost more than the request that matched nothing.
    """
    items = services.items(collection)
    sample = items.by_keys(list(islice(items.keys(), _SAMPLE)))
    return explain_no_matches(filter, [item.attributes for item in sample])
