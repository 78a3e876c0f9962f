"""Search by an image, or by an item of the collection."""

import time
from collections.abc import Collection as AnyCollection
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from core.cache.search_messages import SearchRequest, SearchResponse
from core.domain import Availability, Match
from core.encoders.images.preprocessing import decode_image
from core.errors import NotFound
from core.filters.parse import Filter
from core.filters.typed import parse_typed_filter
from core.observability.metrics import STAGES
from core.pipelines.item_cache import find_unavailable
from core.pipelines.micro_batcher import MicroBatcher
from core.pipelines.search_selection import Nearest, SearchSelection, Source
from core.pipelines.services import Services
from core.serving.cards import Card
from core.storage import Collection
from core.vectors import Vector
from core.vectors.store import normalize


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


@dataclass(frozen=True)
class EmbeddedQuery:
    """A search whose vectors are known: of its image, or of each view of its item."""

    request: SearchRequest
    collection: Collection
    filter: Filter
    vectors: list[Vector]
    stopwatch: _Stopwatch


@dataclass(frozen=True)
class _NearestCall:
    """What searches must have in common to share a call of the vector store."""

    index: str
    limit: int
    min_score: float
    filter: Filter


class Searcher:
    """Runs searches in the threads of a worker; those that wait for Milvus share its next call."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._nearest: MicroBatcher[_NearestCall, list[Vector], list[list[Match]]]
        self._nearest = MicroBatcher(self._nearest_each)

    def embed(self, request: SearchRequest, image: bytes) -> EmbeddedQuery:
        """Decode and embed the image, or read the vectors of the item.

        Raises:
            NotFound: the collection or the item does not exist, or the item has no image.
            InvalidInput: the image cannot be read, or the filter is invalid.
            Unavailable: Milvus does not respond.
        """
        stopwatch = _Stopwatch()
        collection = self._services.collections.get(request.collection)
        filter = parse_typed_filter(request.filter, collection.attribute_types)
        if request.sku is None:
            vectors = [self._embed_image(request, image, collection, stopwatch)]
        else:
            vectors = self._item_vectors(request.sku, collection)
        return EmbeddedQuery(request, collection, filter, vectors, stopwatch)

    def find(self, query: EmbeddedQuery) -> SearchResponse:
        """Return the items most similar to any of the vectors, except the item itself.

        Raises:
            Unavailable: Milvus does not respond.
        """
        selection = SearchSelection(query.request, query.collection.group_by, self._source(query))
        page = selection.page()
        query.stopwatch.lap("search_ms")
        return SearchResponse(
            matches=page.matches, has_more=page.has_more, timings=query.stopwatch.timings
        )

    def _embed_image(
        self, request: SearchRequest, image: bytes, collection: Collection, stopwatch: _Stopwatch
    ) -> Vector:
        encoder = self._services.get_encoder(collection.encoder)
        max_megapixels = self._services.limits.max_megapixels
        decoded = decode_image(
            image, side=encoder.side, max_megapixels=max_megapixels, crop=request.crop
        )
        stopwatch.lap("decode_ms")
        vector = encoder.encode(decoded.pixels[np.newaxis])[0]
        stopwatch.lap("embed_ms")
        return normalize(vector, "the image")  # here, so that no other search gets the error

    def _item_vectors(self, sku: str, collection: Collection) -> list[Vector]:
        self._services.items(collection).get(sku)
        vectors = self._services.vectors.item_vectors(collection.index_name, sku)
        if not vectors:
            raise NotFound(f"item {sku!r} has no image to search with; upload an image of it")
        return list(vectors.values())

    def _source(self, query: EmbeddedQuery) -> Source:
        collection, items = query.collection, self._services.items(query.collection)

        def cards(skus: AnyCollection[str]) -> Mapping[str, Card]:
            existing = items.find(skus)
            states = find_unavailable(collection, [*existing], self._services)
            return {
                sku: Card(item.attributes, states.get(sku, Availability.IN_STOCK))
                for sku, item in existing.items()
            }

        def vectors(keys: AnyCollection[tuple[str, str]]) -> Mapping[tuple[str, str], Vector]:
            return self._services.vectors.vectors_of(collection.index_name, keys)

        return Source(lambda limit: self._nearest_of(query, limit), cards, vectors)

    def _nearest_of(self, query: EmbeddedQuery, limit: int) -> Nearest:
        request, index = query.request, query.collection.index_name
        call = _NearestCall(index, limit, request.min_score, query.filter)
        try:
            results = self._nearest(call, query.vectors)
        except NotFound:  # no image has been ingested yet
            return Nearest([], are_all=True)
        # further matches might not be the best: another view of an item may match better
        best = _best_of_each_item(results)[:limit]
        return Nearest(best, are_all=all(len(matches) < limit for matches in results))

    def _nearest_each(
        self, call: _NearestCall, queries: list[list[Vector]]
    ) -> list[list[list[Match]]]:
        """Return the matches of each vector of each query."""
        results = self._services.vectors.nearest_each(
            call.index,
            list(chain.from_iterable(queries)),
            limit=call.limit,
            min_score=call.min_score,
            filter=call.filter,
        )
        remaining = iter(results)
        return [list(islice(remaining, len(vectors))) for vectors in queries]


def _best_of_each_item(results: list[list[Match]]) -> list[Match]:
    matches = sorted(chain.from_iterable(results), key=lambda match: (-match.score, match.sku))
    best: dict[str, Match] = {}
    for match in matches:
        best.setdefault(match.sku, match)
    return list(best.values())
