"""Exact vectors in this process' memory: the tests' oracle, and enough for a notebook."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.domain import Attributes, Match
from core.errors import Conflict, InvalidInput, NotFound
from core.filters.parse import Filter
from core.vectors.store import (
    ANYTHING,
    Vector,
    VectorRow,
    best,
    check_dim,
    check_key,
    check_limit,
    check_space,
    score,
    unit,
)

Rows = dict[tuple[str, str], VectorRow]


class MemoryVectors:
    """A `VectorStore` of dicts; every search looks at every vector."""

    def __init__(self) -> None:
        self._spaces: dict[str, tuple[int, Rows]] = {}

    def create(self, space: str, dim: int) -> None:
        """Make a space if it is not there."""
        there, _ = self._spaces.setdefault(check_space(space), (check_dim(dim), {}))
        if there != dim:
            raise Conflict(f"space {space!r} holds vectors of {there} numbers, not {dim}")

    def drop(self, space: str) -> None:
        """Remove a space, if it is there."""
        self._spaces.pop(check_space(space), None)

    def upsert(self, space: str, rows: Sequence[VectorRow]) -> None:
        """Write rows, each in place of the one with its sku and view."""
        checked = {check_key(row.sku, row.view): self._checked(space, row) for row in rows}
        self._rows(space).update(checked)

    def delete(self, space: str, skus: Sequence[str]) -> None:
        """Remove all views of these skus."""
        rows, gone = self._rows(space), set(skus)
        for key in [key for key in rows if key[0] in gone]:
            del rows[key]

    def delete_views(self, space: str, sku: str, views: Sequence[str]) -> None:
        """Remove some views of a sku."""
        rows = self._rows(space)
        for view in views:
            rows.pop((sku, view), None)

    def nearest(
        self,
        space: str,
        vector: Vector,
        *,
        limit: int,
        min_score: float = 0.0,
        filter: Filter = ANYTHING,
    ) -> list[Match]:
        """The likest items, each by its best view."""
        query = self._vector(space, vector, "the query")
        rows = [row for row in self._rows(space).values() if filter.matches(row.attributes)]
        hits = [Match(row.sku, row.view, score(float(row.vector @ query))) for row in rows]
        return best(hits, check_limit(limit), min_score)

    def vectors_of(self, space: str, sku: str) -> dict[str, Vector]:
        """Each view's vector."""
        return {view: row.vector for (of, view), row in self._rows(space).items() if of == sku}

    def set_attributes(self, space: str, attributes: Mapping[str, Attributes]) -> None:
        """Replace the attributes of all views of skus."""
        rows = self._rows(space)
        for key in [key for key in rows if key[0] in attributes]:
            rows[key] = replace(rows[key], attributes=dict(attributes[key[0]]))

    def count(self, space: str) -> int:
        """How many vectors there are."""
        return len(self._rows(space))

    def keys(self, space: str) -> Iterator[tuple[str, str]]:
        """Every (sku, view)."""
        return iter(list(self._rows(space)))

    def vectors(self, space: str) -> Iterator[tuple[str, Vector]]:
        """Every sku with the vector of one of its views."""
        return iter([(sku, row.vector) for (sku, _), row in self._rows(space).items()])

    def flush(self, space: str) -> None:
        """Nothing to do."""
        self._rows(space)

    def ping(self) -> None:
        """Return."""

    def _rows(self, space: str) -> Rows:
        return self._space(space)[1]

    def _space(self, space: str) -> tuple[int, Rows]:
        try:
            return self._spaces[check_space(space)]
        except KeyError:
            raise NotFound(f"there is no space {space!r}") from None

    def _checked(self, space: str, row: VectorRow) -> VectorRow:
        vector = self._vector(space, row.vector, f"{row.sku!r}, view {row.view!r}")
        return replace(row, vector=vector, attributes=dict(row.attributes))

    def _vector(self, space: str, vector: Vector, what: str) -> Vector:
        dim = self._space(space)[0]
        if np.size(vector) != dim:
            raise InvalidInput(
                f"{what}: a vector of {dim} numbers is wanted, not {np.size(vector)}"
            )
        return unit(vector, what)
