"""A search by text in the images and attributes of a collection."""

from collections.abc import Callable
from collections.abc import Collection as AnyCollection
from dataclasses import dataclass
from functools import cached_property

from core.filters.parse import Filter
from core.pipelines.search_selection import Nearest
from core.pipelines.services import Services
from core.pipelines.text_matches import Images, TextMatches, Views
from core.pipelines.text_query import Evidence
from core.storage import Collection
from core.vectors import Vector


@dataclass(frozen=True)
class TextSearch:
    """The search for a text, and perhaps an image, of which at least one phrase is known."""

    evidence: list[Evidence]
    image: Vector | None
    collection: Collection
    filter: Filter
    min_score: float
    services: Services
    search: Callable[[Vector, int], Nearest]
    """Returns at most so many of the best matches of a query, which pass the filter."""

    def nearest(self, limit: int) -> Nearest:
        """Return the best matches.

        Raises:
            Unavailable: Redis or Milvus does not respond.
        """
        return self._matches.nearest(limit, self._skus)

    @cached_property
    def _matches(self) -> TextMatches:
        images = Images(self.search, self._views, self._vectors)
        return TextMatches(self.evidence, self.image, images, self.min_score)

    @cached_property
    def _skus(self) -> frozenset[str]:
        """The items whose attributes contain any of the phrases, and that pass the filter."""
        skus = frozenset[str]().union(*(part.skus for part in self.evidence))
        if not skus or not self.filter.conditions:
            return skus
        cards = self.services.word_index.attributes(self.collection.name, skus)
        passed = (sku for sku, attributes in cards.items() if self.filter.matches(attributes))
        return frozenset(passed)

    def _views(self, skus: AnyCollection[str]) -> Views:
        items = self.services.items(self.collection).find(skus)
        return {sku: [image.view for image in item.images] for sku, item in items.items()}

    def _vectors(self, keys: AnyCollection[tuple[str, str]]) -> dict[tuple[str, str], Vector]:
        return dict(self.services.vectors.vectors_of(self.collection.index_name, keys))
