"""Finds items by a picture, or by an item that is there."""

import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.cache.search_rpc import Question
from core.domain import Match
from core.encoders.images.preprocessing import decode
from core.errors import NotFound
from core.filters.parse import Filter, parse
from core.observability.metrics import STAGES
from core.pipelines.services import Services
from core.storage import Collection, Items
from core.vectors import Vector

_MISSING_ALLOWED = 10
"""Matches asked for beyond the limit, to make up for items that were deleted just now."""


@dataclass(frozen=True)
class Answer:
    """Matches, best first, as JSON; and how long each part took in milliseconds."""

    matches: list[dict[str, Any]]
    timings: dict[str, float]


class _Clock:
    def __init__(self) -> None:
        self._last = self._start = time.perf_counter()
        self.timings: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.timings[name] = round((now - self._last) * 1000, 2)
        STAGES.labels("search", name.removesuffix("_ms")).observe(now - self._last)
        self._last = now
        self.timings["total_ms"] = round((now - self._start) * 1000, 2)


def match(question: Question, picture: bytes, services: Services) -> Answer:
    """The items most like a picture, or like an item; one match per item.

    Raises:
        NotFound: the collection or the item does not exist.
        InvalidInput: what should be a picture is none.
        Unavailable: Milvus does not answer.
    """
    clock = _Clock()
    collection = services.collections.get(question.collection)
    search = _Search(collection, services, parse(question.filter), question)
    if question.sku is None:
        found = search.by_picture(picture, clock)
    else:
        found = search.by_item(question.sku)
    matches = _told(found, services.items(collection), question.limit)
    clock.lap("search_ms")
    return Answer(matches, clock.timings)


@dataclass(frozen=True)
class _Search:
    collection: Collection
    services: Services
    where: Filter
    question: Question

    def by_picture(self, picture: bytes, clock: _Clock) -> list[Match]:
        encoder = self.services.encoder_of(self.collection.encoder)
        pixels = decode(
            picture,
            side=encoder.side,
            max_megapixels=self.services.limits.megapixels,
            crop=self.question.crop,
        )
        clock.lap("decode_ms")
        vector = encoder.encode(pixels[np.newaxis])[0]
        clock.lap("embed_ms")
        return self._nearest(vector)

    def by_item(self, sku: str) -> list[Match]:
        """Nearest to any of the item's views, the item itself left out."""
        self.services.items(self.collection).get(sku)
        views = self.services.vectors.vectors_of(self.collection.space, sku)
        if not views:
            raise NotFound(f"item {sku!r} has no image to compare by")
        best: dict[str, Match] = {}
        for vector in views.values():
            for one in self._nearest(vector):
                if one.sku != sku and (one.sku not in best or one.score > best[one.sku].score):
                    best[one.sku] = one
        return sorted(best.values(), key=lambda m: (-m.score, m.sku))

    def _nearest(self, vector: Vector) -> list[Match]:
        with suppress(NotFound):  # no picture has come yet
            return self.services.vectors.nearest(
                self.collection.space,
                vector,
                limit=self.question.limit + _MISSING_ALLOWED,
                min_score=self.question.min_score,
                filter=self.where,
            )
        return []


def _told(found: list[Match], items: Items, limit: int) -> list[dict[str, Any]]:
    """Matches whose item is in the store, with its attributes."""
    known = items.find(match.sku for match in found)
    return [
        asdict(match) | {"attributes": known[match.sku].attributes}
        for match in found
        if match.sku in known
    ][:limit]
