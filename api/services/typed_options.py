"""Parses the options of a request that depend on the types of a collection's attributes."""

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, Generic, NamedTuple, TypeVar

from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, find_collection
from api.services.at_most import parse_at_most
from api.services.definitions import Definition
from core.errors import InvalidInput, NotFound
from core.filters.parse import Filter
from core.filters.typed import parse_typed_filter

_CACHED_LENGTH = 1_000
"""Longer filters would take too much memory."""

T = TypeVar("T")
RawFilter = str | dict[str, Any]


class _Parsed(NamedTuple, Generic[T]):
    value: T
    knows_all: bool
    """Whether the types of all attributes that it names are known."""


async def parse_filter_of(
    collection: str, filter: RawFilter | None, services: Services
) -> Filter | None:
    """Parse a filter by the types of a collection's attributes.

    Raises:
        InvalidInput: the filter is invalid.
        NotFound: the collection does not exist.
    """
    if not filter:
        return None
    return await _with_types(collection, services, partial(_parse_filter, filter))


async def parse_at_most_of(
    collection: str, at_most: str | None, services: Services
) -> dict[str, int]:
    """Parse how many items with the same value of an attribute are shown.

    Raises:
        InvalidInput: it is invalid, or an attribute does not exist.
        NotFound: the collection does not exist.
    """
    if not at_most:
        return {}
    return await _with_types(collection, services, partial(_parse_at_most, at_most))


async def _with_types(
    collection: str, services: Services, parse: Callable[[Definition], _Parsed[T]]
) -> T:
    """Parse by the remembered types; if that fails or some are missing, by the current ones.

    Another process may have added an attribute a moment ago.
    """
    definition = await definition_of(collection, services)
    with suppress(InvalidInput):
        parsed = parse(definition)
        if parsed.knows_all:
            return parsed.value
    return parse(await definition_of(collection, services, fresh=True)).value


async def definition_of(collection: str, services: Services, *, fresh: bool = False) -> Definition:
    """Return what requests need of a collection's definition.

    Args:
        fresh: read it now; otherwise, it may be half a second old.

    Raises:
        NotFound: the collection does not exist; the error suggests similar names.
    """
    try:
        return await services.definitions.get(collection, fresh=fresh)
    except NotFound:  # the error of this function names similar collections
        return Definition.of(await run_in_threadpool(find_collection, collection, services))


def _parse_filter(filter: RawFilter, definition: Definition) -> _Parsed[Filter]:
    if isinstance(filter, str) and len(filter) <= _CACHED_LENGTH:
        return _parse_again(filter, definition)
    return _parse_anew(filter, definition)


def _parse_anew(filter: RawFilter, definition: Definition) -> _Parsed[Filter]:
    parsed = parse_typed_filter(filter, definition.types)
    names = {condition.attribute for condition in parsed.conditions}
    return _Parsed(parsed, names <= definition.types.keys())


_parse_again = lru_cache(maxsize=1_000)(_parse_anew)


def _parse_at_most(at_most: str, definition: Definition) -> _Parsed[dict[str, int]]:
    parsed = parse_at_most(at_most, definition.types)
    return _Parsed(parsed, parsed.keys() <= definition.types.keys())
