"""Explains why no item of a collection matches a filter."""

from contextlib import suppress

from api.dependencies import Services
from api.services.visibility import some_attributes
from core.errors import Unavailable
from core.filters.hints import explain_no_matches
from core.filters.parse import Filter
from core.storage import Collection

_SAMPLE = 200


def explain_filter(filter: Filter, collection: Collection, services: Services) -> str | None:
    """Return why no item matches, based on a sample of the items that the current key sees.

    None if no reason is evident, or the cache does not have the items. Reading all items could cost
    more than the request that matched nothing.
    """
    with suppress(Unavailable):
        return explain_no_matches(filter, some_attributes(collection, services, _SAMPLE))
    return None
