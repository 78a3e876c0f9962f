"""The vector store interface, and the checks and scoring that its implementations share.

A *vector index* holds the vectors of one collection made by one encoder, under a name that we
generate. A vector belongs to a sku and a view and is stored at unit length, so that a dot product
is the cosine.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.domain import SKU_LENGTH, Attributes, Match
from core.errors import InvalidInput
from core.filters.parse import Filter

Vector = NDArray[np.float32]

INDEX_NAME_LENGTH = 200
MAX_DIM = 32_768
MAX_MATCHES = 10_000
MATCH_ALL = Filter()
_INDEX_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class VectorRow:
    """The vector of one image, with the attributes that its item can be filtered by."""

    sku: str
    view: str
    vector: Vector
    attributes: Attributes = field(default_factory=dict)


class VectorStore(Protocol):
    """Stores vectors and finds the nearest; a read sees every write that returned before it.

    Raises, for every method:
        NotFound: there is no such index.
        InvalidInput: an invalid name, vector or filter.
        Unavailable: the store does not respond; every method may be called again.
    """

    def create(self, index: str, dim: int) -> None:
        """Create an index unless it exists.

        Raises:
            Conflict: it exists with another dimension.
        """

    def drop(self, index: str) -> None:
        """Remove an index with its vectors, if it exists."""

    def upsert(self, index: str, rows: Sequence[VectorRow]) -> None:
        """Write rows; each replaces the row of the same sku and view."""

    def delete(self, index: str, skus: Sequence[str]) -> None:
        """Remove all views of these skus."""

    def delete_views(self, index: str, sku: str, views: Sequence[str]) -> None:
        """Remove some views of a sku."""

    def nearest(
        self,
        index: str,
        vector: Vector,
        *,
        limit: int,
        min_score: float = 0.0,
        filter: Filter = MATCH_ALL,
    ) -> list[Match]:
        """Return the most similar items, each with its best view: by score, then by sku."""

    def item_vectors(self, index: str, sku: str) -> dict[str, Vector]:
        """Return the unit vector of each view of an item; empty if the sku is unknown."""

    def set_attributes(self, index: str, attributes: Mapping[str, Attributes]) -> None:
        """Replace the attributes of all views of each sku; unknown skus are ignored."""

    def keys(self, index: str) -> Iterator[tuple[str, str]]:
        """Yield every (sku, view), unordered; to check an index against the store."""

    def vectors(self, index: str) -> Iterator[tuple[str, Vector]]:
        """Yield the sku and the vector of every row, unordered."""

    def ping(self) -> None:
        """Return if the store responds."""


def check_index_name(index: str) -> str:
    """Return the name; raise InvalidInput unless 1 to 200 of a-z, 0-9 and _, the first a letter."""
    if len(index) > INDEX_NAME_LENGTH or not _INDEX_NAME.fullmatch(index):
        raise InvalidInput(
            f"vector index {index[:80]!r}: use 1 to {INDEX_NAME_LENGTH} characters of a-z, 0-9 "
            "and '_', the first a letter"
        )
    return index


def check_dim(dim: int) -> int:
    """Return the dimension; raise InvalidInput if no store can hold such vectors."""
    if not 2 <= dim <= MAX_DIM:
        raise InvalidInput(f"dimension {dim}: must be 2 to {MAX_DIM}")
    return dim


def check_limit(limit: int) -> int:
    """Return the limit; raise InvalidInput unless it is 1 to 10,000."""
    if not 1 <= limit <= MAX_MATCHES:
        raise InvalidInput(f"limit {limit}: must be 1 to {MAX_MATCHES}")
    return limit


def check_key(sku: str, view: str) -> tuple[str, str]:
    """Return both; raise InvalidInput if either is empty, too long or not printable."""
    for word, text in (("sku", sku), ("view", view)):
        if not 1 <= len(text) <= SKU_LENGTH or not text.isprintable():
            raise InvalidInput(f"{word} {text[:80]!r}: use 1 to {SKU_LENGTH} printable characters")
    return sku, view


def normalize(vector: Vector, label: str) -> Vector:
    """Return the vector at length 1, as float32; `label` names it in errors.

    Raises:
        InvalidInput: it has no direction: it is empty, all zero, or contains NaN or infinity.
    """
    flat = np.asarray(vector, dtype=np.float32).ravel()
    norm = float(np.linalg.norm(flat.astype(np.float64)))
    if not np.isfinite(norm) or norm == 0.0:
        raise InvalidInput(f"{label}: the vector is all zeros, or contains NaN or infinity")
    return flat / np.float32(norm)


def best_per_item(hits: Iterable[Match], limit: int, min_score: float) -> list[Match]:
    """Return the items of these image hits, each with its best view: by score, then by sku."""
    items: dict[str, Match] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.score, hit.sku, hit.view)):
        if hit.score >= min_score:
            items.setdefault(hit.sku, hit)
    return list(items.values())[:limit]


def to_score(cosine: float) -> float:
    """Return a cosine as a score in [0, 1], rounded so that equal images tie."""
    return round(min(max(cosine, 0.0), 1.0), 6)
