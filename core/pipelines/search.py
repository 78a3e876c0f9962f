"""Search by an image, or by an item of the collection."""

import time
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from core.cache.search_rpc import SearchMatch, SearchRequest, SearchResponse
from core.domain import Match
from core.encoders.images.preprocessing import decode_image
from core.errors import NotFound
from core.filters.parse import Filter
from core.filters.typed import parse_typed_filter
from core.observability.metrics import STAGES
from core.pipelines.services import Services
from core.storage import Collection, Items
from core.vectors import Vector

_EXTRA_MATCHES = 10
"""Matches fetched beyond the limit, to replace items that were deleted just now."""


class _Stopwatch:
    def __init__(self) -> None:
        self._last = self._start = time.perf_counter()
        self.timings: dict[str, float] = {}
        """Milliseconds by stage."""

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.timings[name] = round((now - self._last) * 1000, 2)
        STAGES.labels("search", name.removesuffix("_ms")).observe(now - self._last)
        self._last = now
        self.timings["total_ms"] = round((now - self._start) * 1000, 2)


def search(request: SearchRequest, image: bytes, services: Services) -> SearchResponse:
    """Return the items most similar to an image or to an item; one match per item.

    Raises:
        NotFound: the collection or the item does not exist.
        InvalidInput: the image cannot be read.
        Unavailable: Milvus does not respond.
    """
    stopwatch = _Stopwatch()
    collection = services.collections.get(request.collection)
    filter = parse_typed_filter(request.filter, collection.attribute_types)
    query = _Search(collection, services, filter, request)
    if request.sku is None:
        matches = query.search_by_image(image, stopwatch)
    else:
        matches = query.search_by_item(request.sku)
    results = _with_attributes(matches, services.items(collection), request.limit)
    stopwatch.lap("search_ms")
    return SearchResponse(matches=results, timings=stopwatch.timings)


@dataclass(frozen=True)
class _Search:
    collection: Collection
    services: Services
    filter: Filter
    request: SearchRequest

    def search_by_image(self, image: bytes, stopwatch: _Stopwatch) -> list[Match]:
        encoder = self.services.get_encoder(self.collection.encoder)
        decoded = decode_image(
            image,
            side=encoder.side,
            max_megapixels=self.services.limits.max_megapixels,
            crop=self.request.crop,
        )
        stopwatch.lap("decode_ms")
        vector = encoder.encode(decoded.pixels[np.newaxis])[0]
        stopwatch.lap("embed_ms")
        return self._nearest(vector)

    def search_by_item(self, sku: str) -> list[Match]:
        """Return the items nearest to any view of the item, except the item itself."""
        self.services.items(self.collection).get(sku)
        vectors = self.services.vectors.item_vectors(self.collection.index_name, sku)
        if not vectors:
            raise NotFound(f"item {sku!r} has no image to search with; upload an image of it")
        matches = [match for vector in vectors.values() for match in self._nearest(vector)]
        matches.sort(key=lambda match: (-match.score, match.sku))
        best: dict[str, Match] = {}
        for match in matches:
            best.setdefault(match.sku, match)
        best.pop(sku, None)
        return list(best.values())

    def _nearest(self, vector: Vector) -> list[Match]:
        with suppress(NotFound):  # no image has been ingested yet
            return self.services.vectors.nearest(
                self.collection.index_name,
                vector,
                limit=self.request.limit + _EXTRA_MATCHES,
                min_score=self.request.min_score,
                filter=self.filter,
            )
        return []


def _with_attributes(matches: list[Match], items: Items, limit: int) -> tuple[SearchMatch, ...]:
    """Return the matches whose items are in the store, with the attributes of the items."""
    existing = items.find(match.sku for match in matches)
    return tuple(
        SearchMatch(**vars(match), attributes=existing[match.sku].attributes)
        for match in matches
        if match.sku in existing
    )[:limit]
