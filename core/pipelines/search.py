"""Search by an image, a text, or both, or by an item of the collection."""

import time
from collections.abc import Callable, Mapping
from collections.abc import Collection as AnyCollection
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from core.cache.search_messages import SearchRequest, SearchResponse
from core.domain import Match
from core.encoders.images.preprocessing import decode_for
from core.encoders.recipes.layout import layout_of
from core.encoders.recipes.scaling import scale_query
from core.errors import NotFound
from core.filters.parse import Filter
from core.filters.typed import parse_typed_filter
from core.observability.metrics import STAGES
from core.pipelines.item_cache import find_cards
from core.pipelines.micro_batcher import MicroBatcher
from core.pipelines.search_selection import Nearest, SearchSelection, Source
from core.pipelines.services import Services
from core.pipelines.text_query import (
    Evidence,
    check_is_searchable,
    find_evidence,
    image_colour,
)
from core.pipelines.text_search import TextSearch
from core.serving.cards import Card
from core.storage import Collection
from core.vectors import Vector
from core.vectors.store import normalize

PATIENCE_S = 0.03
"""How long a search waits for others while searches are queued: about three forward passes."""


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
    """A search whose vectors are known: of its image, or of each view of its item.

    A search by text alone has none.
    """

    request: SearchRequest
    collection: Collection
    filter: Filter
    vectors: list[Vector]
    evidence: list[Evidence]
    """What speaks for each phrase of its text."""
    stopwatch: _Stopwatch
    patience_s: float = 0
    """How long it may wait for others that can share its call of Milvus."""


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
        """Decode and embed the image, or read the vectors of the item; look up the text's words.

        Raises:
            NotFound: the collection or the item does not exist, or the item has no image.
            InvalidInput: the image cannot be read, the filter is invalid, `colour` is given but
                the vectors have no part for it or the text names a colour, or there is no image
                and no word is known.
            Unavailable: Milvus or Redis does not respond.
        """
        stopwatch = _Stopwatch()
        collection = self._services.collections.get(request.collection)
        filter = parse_typed_filter(request.filter, collection.attribute_types)
        evidence = find_evidence(request.text, collection, self._services)
        if request.sku is not None:
            vectors = self._item_vectors(request.sku, collection)
        elif image or not request.text:
            vectors = [self._embed_image(request, image, collection, stopwatch)]
        else:
            check_is_searchable(evidence, request.colour)
            return EmbeddedQuery(request, collection, filter, [], evidence, stopwatch)
        layout = layout_of(collection.encoder)
        colour = image_colour(evidence, layout, request.colour)
        queries = list(scale_query(np.stack(vectors), layout, colour))
        return EmbeddedQuery(request, collection, filter, queries, evidence, stopwatch)

    def find(self, query: EmbeddedQuery, *, can_wait: bool = False) -> SearchResponse:
        """Return the items most similar to any of the vectors, except the item itself.

        With `can_wait`, it may wait a moment for others that can share its call of Milvus.

        Raises:
            Unavailable: Milvus does not respond.
        """
        if can_wait:
            query = replace(query, patience_s=PATIENCE_S)
        selection = SearchSelection(query.request, query.collection.group_by, self._source(query))
        page = selection.page()
        query.stopwatch.lap("search_ms")
        return SearchResponse(
            matches=page.matches,
            has_more=page.has_more,
            understood=tuple(part.understood for part in query.evidence),
            timings=query.stopwatch.timings,
        )

    def _embed_image(
        self, request: SearchRequest, image: bytes, collection: Collection, stopwatch: _Stopwatch
    ) -> Vector:
        encoder = self._services.get_encoder(collection.encoder)
        max_megapixels = self._services.limits.max_megapixels
        decoded = decode_for(encoder, image, max_megapixels, request.crop)
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
        collection = query.collection

        def cards(skus: AnyCollection[str]) -> Mapping[str, Card]:
            return find_cards(collection, [*skus], self._services)

        def vectors(keys: AnyCollection[tuple[str, str]]) -> Mapping[tuple[str, str], Vector]:
            return self._services.vectors.vectors_of(collection.index_name, keys)

        return Source(self._nearest_of(query), cards, vectors)

    def _nearest_of(self, query: EmbeddedQuery) -> Callable[[int], Nearest]:
        min_score = query.request.min_score
        if not any(part.is_known for part in query.evidence):
            return lambda limit: self._most_similar(query, query.vectors, limit, min_score)
        return TextSearch(
            query.evidence,
            next(iter(query.vectors), None),
            query.collection,
            query.filter,
            min_score,
            self._services,
            lambda vector, limit: self._most_similar(query, [vector], limit, 0),
        ).nearest

    def _most_similar(
        self, query: EmbeddedQuery, vectors: list[Vector], limit: int, min_score: float
    ) -> Nearest:
        call = _NearestCall(query.collection.index_name, limit, min_score, query.filter)
        try:
            results = self._nearest(call, vectors, patience_s=query.patience_s)
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
