"""What the shop needs from a vector store, and the checks that every one makes.

A *space* holds the vectors of one collection made by one encoder; its name is chosen by us. A
vector belongs to a sku and a view, and is kept at unit length, so that a dot product is a cosine.
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

SPACE_LENGTH = 200
DIMENSIONS = 32_768
MATCHES = 10_000
ANYTHING = Filter()
_SPACE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class VectorRow:
    """One image's vector, with what its item can be filtered by."""

    sku: str
    view: str
    vector: Vector
    attributes: Attributes = field(default_factory=dict)


class VectorStore(Protocol):
    """Keeps vectors and finds the nearest; what was written is seen by the next read.

    Raises, for every method:
        NotFound: there is no such space.
        InvalidInput: a name, vector or filter cannot be used.
        Unavailable: the store does not answer; every method may be called again.
    """

    def create(self, space: str, dim: int) -> None:
        """Make a space if it is not there.

        Raises:
            Conflict: it is there with another dimension.
        """

    def drop(self, space: str) -> None:
        """Remove a space and all in it, if it is there."""

    def upsert(self, space: str, rows: Sequence[VectorRow]) -> None:
        """Write rows, each in place of the one with its sku and view."""

    def delete(self, space: str, skus: Sequence[str]) -> None:
        """Remove all views of these skus."""

    def delete_views(self, space: str, sku: str, views: Sequence[str]) -> None:
        """Remove some views of a sku."""

    def nearest(
        self,
        space: str,
        vector: Vector,
        *,
        limit: int,
        min_score: float = 0.0,
        filter: Filter = ANYTHING,
    ) -> list[Match]:
        """The likest items, each by its best view: best score first, then by sku."""

    def vectors_of(self, space: str, sku: str) -> dict[str, Vector]:
        """Each view's vector, of unit length; empty if the sku is not there."""

    def set_attributes(self, space: str, attributes: Mapping[str, Attributes]) -> None:
        """Replace, of each sku named, the attributes of all its views; not of one unknown here."""

    def count(self, space: str) -> int:
        """How many vectors there are."""

    def keys(self, space: str) -> Iterator[tuple[str, str]]:
        """Every (sku, view), in no order; for checking an index against the store."""

    def vectors(self, space: str) -> Iterator[tuple[str, Vector]]:
        """Every sku with the vector of one of its views, in no order."""

    def flush(self, space: str) -> None:
        """Make later reads quick; worth a call after many writes, and never needed."""

    def ping(self) -> None:
        """Return if the store answers."""


def check_space(space: str) -> str:
    """Return the name.

    Raises:
        InvalidInput: it is not 1 to 200 of a-z, 0-9 and _, beginning with a letter.
    """
    if len(space) > SPACE_LENGTH or not _SPACE.fullmatch(space):
        raise InvalidInput(
            f"space {space[:80]!r}: use 1 to {SPACE_LENGTH} characters of a-z, 0-9 and '_', "
            "the first a letter"
        )
    return space


def check_dim(dim: int) -> int:
    """Return the dimension.

    Raises:
        InvalidInput: no store can hold such vectors.
    """
    if not 2 <= dim <= DIMENSIONS:
        raise InvalidInput(f"dimension {dim}: vectors have 2 to {DIMENSIONS} numbers")
    return dim


def check_limit(limit: int) -> int:
    """Return the limit.

    Raises:
        InvalidInput: it is not 1 to 10,000.
    """
    if not 1 <= limit <= MATCHES:
        raise InvalidInput(f"limit {limit}: ask for 1 to {MATCHES} matches")
    return limit


def check_key(sku: str, view: str) -> tuple[str, str]:
    """Return both.

    Raises:
        InvalidInput: one is empty, too long or not printable.
    """
    for word, text in (("sku", sku), ("view", view)):
        if not 1 <= len(text) <= SKU_LENGTH or not text.isprintable():
            raise InvalidInput(f"{word} {text[:80]!r}: use 1 to {SKU_LENGTH} printable characters")
    return sku, view


def unit(vector: Vector, what: str) -> Vector:
    """The vector at length 1, as float32.

    Raises:
        InvalidInput: it has no direction: it is empty, all zero, or has NaN or infinity in it.
    """
    flat = np.asarray(vector, dtype=np.float32).ravel()
    norm = float(np.linalg.norm(flat.astype(np.float64)))
    if not np.isfinite(norm) or norm == 0.0:
        raise InvalidInput(f"{what}: the vector has no direction (zero, NaN or infinite)")
    return flat / np.float32(norm)


def best(hits: Iterable[Match], limit: int, min_score: float) -> list[Match]:
    """Of image hits, the items: each by its best view, best score first, then by sku."""
    items: dict[str, Match] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.score, hit.sku, hit.view)):
        if hit.score >= min_score:
            items.setdefault(hit.sku, hit)
    return list(items.values())[:limit]


def score(likeness: float) -> float:
    """A dot product as a score in [0, 1]; rounded, so that equal pictures tie."""
    return round(min(max(likeness, 0.0), 1.0), 6)
