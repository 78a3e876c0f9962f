"""An exact vector store in the memory of this process: the oracle that Milvus is compared with."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.domain import Attributes, Match
from core.errors import Conflict, InvalidInput, NotFound
from core.filters.parse import Filter
from core.vectors.expressions import encode_attributes
from core.vectors.store import (
    DIM_RANGE,
    LIMIT_RANGE,
    MATCH_ALL,
    EncodedAttributes,
    Vector,
    VectorRow,
    best_per_item,
    check_index_name,
    check_key,
    check_range,
    normalize,
    to_score,
)

Rows = dict[tuple[str, str], VectorRow]


class MemoryVectors:
    """A `VectorStore` made of dicts; every search compares every vector."""

    def __init__(self) -> None:
        self._indexes: dict[str, tuple[int, Rows]] = {}

    def create(self, index: str, dim: int) -> None:
        """Create an index unless it exists."""
        check_range("vector dimension", dim, *DIM_RANGE)
        actual, _ = self._indexes.setdefault(check_index_name(index), (dim, {}))
        if actual != dim:
            raise Conflict(
                f"vector index {index!r} has dimension {actual}, not {dim}; rebuild the index"
            )

    def drop(self, index: str) -> None:
        """Remove an index, if it exists."""
        self._indexes.pop(check_index_name(index), None)

    def upsert(self, index: str, rows: Sequence[VectorRow]) -> None:
        """Write rows; each replaces the row of the same sku and view."""
        checked = {check_key(row.sku, row.view): self._check_row(index, row) for row in rows}
        self._rows(index).update(checked)

    def delete(self, index: str, skus: Sequence[str]) -> None:
        """Remove all views of these skus."""
        rows, deleted = self._rows(index), set(skus)
        for key in [key for key in rows if key[0] in deleted]:
            del rows[key]

    def delete_views(self, index: str, sku: str, views: Sequence[str]) -> None:
        """Remove some views of a sku."""
        rows = self._rows(index)
        for view in views:
            rows.pop((sku, view), None)

    def nearest(
        self,
        index: str,
        vector: Vector,
        *,
        limit: int,
        min_score: float = 0.0,
        filter: Filter = MATCH_ALL,
    ) -> list[Match]:
        """Return the most similar items, each with its best view."""
        query = self._check_vector(index, vector, "the query") * np.linalg.norm(vector)
        rows = [row for row in self._rows(index).values() if filter.matches(row.attributes)]
        hits = [Match(row.sku, row.view, to_score(float(row.vector @ query))) for row in rows]
        check_range("limit", limit, *LIMIT_RANGE)
        return best_per_item(hits, limit, min_score)

    def nearest_each(
        self, index: str, vectors: Sequence[Vector], **options: Any
    ) -> list[list[Match]]:
        """Return the result of `nearest` for each vector."""
        return [self.nearest(index, vector, **options) for vector in vectors]

    def item_vectors(self, index: str, sku: str) -> dict[str, Vector]:
        """Return the vector of each view of an item."""
        rows = self._rows(index).values()
        return {row.view: row.vector for row in rows if row.sku == sku}

    def vectors_of(
        self, index: str, keys: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], Vector]:
        """Return vectors by sku and view."""
        rows = self._rows(index)
        return {key: rows[key].vector for key in keys if key in rows}

    def set_attributes(self, index: str, attributes: Mapping[str, Attributes]) -> None:
        """Replace the attributes of all views of each sku."""
        rows = self._rows(index)
        for key in [key for key in rows if key[0] in attributes]:
            rows[key] = replace(rows[key], attributes=dict(attributes[key[0]]))

    def keys(self, index: str) -> Iterator[tuple[str, str]]:
        """Yield every (sku, view)."""
        return iter(list(self._rows(index)))

    def attributes(
        self, index: str, sku: str | None = None
    ) -> Iterator[tuple[str, str, EncodedAttributes]]:
        """Yield the SKU, the view and the attributes of every row, or of the rows of one SKU."""
        for row in list(self._rows(index).values()):
            if sku in {None, row.sku}:
                yield row.sku, row.view, encode_attributes(row.attributes)

    def vectors(self, index: str) -> Iterator[tuple[str, str, Vector]]:
        """Yield the sku, the view and the vector of every row."""
        return iter([(sku, view, row.vector) for (sku, view), row in self._rows(index).items()])

    def ping(self) -> None:
        """Return."""

    def _rows(self, index: str) -> Rows:
        return self._index(index)[1]

    def _index(self, index: str) -> tuple[int, Rows]:
        try:
            return self._indexes[check_index_name(index)]
        except KeyError:
            raise NotFound(f"vector index {index!r} does not exist; rebuild the index") from None

    def _check_row(self, index: str, row: VectorRow) -> VectorRow:
        vector = self._check_vector(index, row.vector, f"{row.sku!r}, view {row.view!r}")
        return replace(row, vector=vector, attributes=dict(row.attributes))

    def _check_vector(self, index: str, vector: Vector, label: str) -> Vector:
        dim = self._index(index)[0]
        if np.size(vector) != dim:
            raise InvalidInput(
                f"{label}: expected a vector of {dim} numbers, not {np.size(vector)}"
            )
        return normalize(vector, label)
