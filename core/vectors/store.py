"""The vector store interface, and the checks and scoring that all implementations share.

A *vector index* contains the vectors of one collection and one encoder, under a generated name. A
vector belongs to a SKU and a view. It has unit length, so that dot products are cosines.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.domain import SKU_LENGTH, Attributes, Match
from core.errors import InvalidInput
from core.filters.parse import Filter

Vector = NDArray[np.float32]
EncodedAttributes = dict[str, str | float | bool | list[str]]
"""The attributes that filters can test, each under the key of its name and kind."""

INDEX_NAME_LENGTH = 200
DIM_RANGE = 2, 32_768
LIMIT_RANGE = 1, 10_000
MATCH_ALL = Filter()
_INDEX_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class VectorRow:
    """The vector of one image, with the attributes of its item."""

    sku: str
    view: str
    vector: Vector
    attributes: Attributes = field(default_factory=dict)


class VectorStore(Protocol):
    """Stores vectors and finds the nearest; reads see all writes that have returned.

    Every method may be retried and raises:
        NotFound: the index does not exist.
        InvalidInput: a name, vector or filter is invalid.
        Unavailable: the store does not respond.
    """

    def create(self, index: str, dim: int) -> None:
        """Create an index unless it exists.

        Raises:
            Conflict: the index exists with another dimension.
        """

    def drop(self, index: str) -> None:
        """Remove an index with its vectors, if it exists."""

    def upsert(self, index: str, rows: Sequence[VectorRow]) -> None:
        """Write rows; each row replaces the stored row with the same SKU and view."""

    def delete(self, index: str, skus: Sequence[str]) -> None:
        """Remove all views of these SKUs."""

    def delete_views(self, index: str, sku: str, views: Sequence[str]) -> None:
        """Remove the given views of a SKU."""

    def nearest(
        self,
        index: str,
        vector: Vector,
        *,
        limit: int,
        min_score: float = 0.0,
        filter: Filter = MATCH_ALL,
    ) -> list[Match]:
        """Return the most similar items, each with its best view, sorted by score, then by SKU.

        Scores are dot products of the stored unit vectors with the given vector, of any length.
        """

    def nearest_each(
        self,
        index: str,
        vectors: Sequence[Vector],
        *,
        limit: int,
        min_score: float = 0.0,
        filter: Filter = MATCH_ALL,
    ) -> list[list[Match]]:
        """Return the result of `nearest` for each of n >= 1 vectors, in one call of the store."""

    def item_vectors(self, index: str, sku: str) -> dict[str, Vector]:
        """Return the unit vector of each view of an item; an unknown SKU has none."""

    def vectors_of(
        self, index: str, keys: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], Vector]:
        """Return unit vectors by SKU and view; unknown keys have none."""

    def set_attributes(self, index: str, attributes: Mapping[str, Attributes]) -> None:
        """Replace the attributes of all views of each SKU; ignore unknown SKUs."""

    def keys(self, index: str) -> Iterator[tuple[str, str]]:
        """Yield the SKU and the view of every row, unordered."""

    def attributes(
        self, index: str, sku: str | None = None
    ) -> Iterator[tuple[str, str, EncodedAttributes]]:
        """Yield the SKU, the view and the attributes of every row, or of the rows of one SKU."""

    def vectors(self, index: str) -> Iterator[tuple[str, str, Vector]]:
        """Yield the SKU, the view and the unit vector of every row, unordered."""

    def ping(self) -> None:
        """Check that the store responds."""


def check_index_name(index: str) -> str:
    """Return the name of an index; raise InvalidInput if the name is invalid."""
    if len(index) > INDEX_NAME_LENGTH or not _INDEX_NAME.fullmatch(index):
        raise InvalidInput(
            f"vector index {index[:80]!r}: use 1 to {INDEX_NAME_LENGTH} characters from a-z, 0-9 "
            "and '_', and start with a letter"
        )
    return index


def check_range(name: str, value: int, smallest: int, largest: int) -> None:
    """Raise InvalidInput, with the name of the value, unless the value is in the range."""
    if not smallest <= value <= largest:
        raise InvalidInput(f"{name} {value}: use a value from {smallest:,} to {largest:,}")


def check_key(sku: str, view: str) -> tuple[str, str]:
    """Return SKU and view; raise InvalidInput if either is empty, too long or not printable."""
    for word, text in (("sku", sku), ("view", view)):
        if not 1 <= len(text) <= SKU_LENGTH or not text.isprintable():
            raise InvalidInput(f"{word} {text[:80]!r}: use 1 to {SKU_LENGTH} printable characters")
    return sku, view


def normalize(vector: Vector, label: str) -> Vector:
    """Return the vector scaled to unit length, as float32; `label` names the vector in errors.

    Raises:
        InvalidInput: the vector is empty, all zeros, or contains NaN or infinity.
    """
    flat = np.asarray(vector, dtype=np.float32).ravel()
    norm = float(np.linalg.norm(flat.astype(np.float64)))
    if not np.isfinite(norm) or norm == 0.0:
        raise InvalidInput(f"{label}: the vector is empty, all zeros, or contains NaN or infinity")
    return flat / np.float32(norm)


def best_per_item(hits: Iterable[Match], limit: int, min_score: float) -> list[Match]:
    """Group image hits by item; return each item's best hit, sorted by score, then by SKU."""
    items: dict[str, Match] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.score, hit.sku, hit.view)):
        if hit.score >= min_score:
            items.setdefault(hit.sku, hit)
    return list(items.values())[:limit]


def to_score(product: float) -> float:
    """Return a dot product as a score from 0 to 1, rounded: equal images have equal scores."""
    return round(min(max(product, 0.0), 1.0), 6)
