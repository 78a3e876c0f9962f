"""The vector store in Milvus or in the embedded Milvus Lite server."""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.batching import batched
from core.domain import Attributes, Match
from core.errors import Conflict, InvalidInput, NotFound
from core.filters.parse import Filter
from core.vectors import expressions
from core.vectors.milvus_client import MilvusClient
from core.vectors.milvus_connection import READ_S, MilvusConnection
from core.vectors.milvus_schema import (
    BATCH_ROWS,
    METRIC,
    SCHEMA_S,
    MilvusRow,
    batches,
    create_hnsw_graph,
    row_id,
    schema,
    to_milvus_row,
)
from core.vectors.store import (
    DIM_RANGE,
    LIMIT_RANGE,
    MATCH_ALL,
    EncodedAttributes,
    Vector,
    VectorRow,
    best_per_item,
    check_range,
    normalize,
    to_score,
)

WRITE_S = 30
ITEM_BATCH = 100  # items whose vectors are read at once
MAX_FETCH = 16_384  # the limit of Milvus
PAGE = 5_000
# With Milvus' default consistency level, searches miss the latest writes. Waiting for these writes
# takes up to 0.2 s, so each write waits once instead of every search.
STRONG = {"consistency_level": "Strong"}
EVENTUAL = {"consistency_level": "Eventually"}
ARRAYS = {"strict_float32": True}  # vectors as arrays; lists of numbers take three times as long
# `benchmarks.vectors` measures recall and latency with this value.
EF = 256
FAR_EF = 4_096
"""For words, or colour alone: far from all vectors, a narrower search of the graph misses some."""


class MilvusVectors:
    """A `VectorStore` in Milvus; threads and forked processes may share this object."""

    def __init__(self, url: str, *, token: str | None = None, ca: Path | None = None) -> None:
        self._connection = MilvusConnection(url, token=token, ca=ca)
        self._dims: dict[str, int] = {}

    def create(self, index: str, dim: int) -> None:
        """Create an index unless it exists."""
        check_range("vector dimension", dim, *DIM_RANGE)
        with self._connection.call(index) as client:
            if not client.has_collection(index, timeout=READ_S):
                client.create_collection(index, schema=schema(dim), timeout=SCHEMA_S, **STRONG)
            actual = _dim(client, index)
            if actual != dim:
                raise Conflict(
                    f"vector index {index!r} has dimension {actual}, not {dim}; rebuild the index"
                )
            if not self._connection.is_lite:  # Lite compares every vector, which is fast enough
                create_hnsw_graph(client, index)

    def drop(self, index: str) -> None:
        """Remove an index, if it exists."""
        with contextlib.suppress(NotFound), self._connection.call(index) as client:
            client.drop_collection(index, timeout=SCHEMA_S)

    def upsert(self, index: str, rows: Sequence[VectorRow]) -> None:
        """Write rows; each row replaces the stored row with the same SKU and view."""
        # Milvus does not define which of two rows with the same key in a request wins.
        unique = {row["id"]: row for row in map(to_milvus_row, rows)}
        with self._connection.call(index) as client:
            for dim in {len(row["vector"]) for row in unique.values()}:
                self._check_dim(client, index, dim)
            for batch in batches(list(unique.values())):
                client.upsert(index, batch, timeout=WRITE_S)
            if unique:
                self._wait_until_visible(client, index)

    def delete(self, index: str, skus: Sequence[str]) -> None:
        """Remove all views of these SKUs."""
        self._delete(index, "sku", skus)

    def delete_views(self, index: str, sku: str, views: Sequence[str]) -> None:
        """Remove the given views of a SKU."""
        self._delete(index, "id", [row_id(sku, view) for view in views])

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
        (matches,) = self.nearest_each(
            index, [vector], limit=limit, min_score=min_score, filter=filter
        )
        return matches

    def nearest_each(
        self,
        index: str,
        vectors: Sequence[Vector],
        *,
        limit: int,
        min_score: float = 0.0,
        filter: Filter = MATCH_ALL,
    ) -> list[list[Match]]:
        """Return the result of `nearest` for each of n >= 1 vectors, with one call of Milvus."""
        queries = np.stack([normalize(vector, "the query") for vector in vectors])
        lengths = np.linalg.norm(np.stack(vectors), axis=1)
        check_range("limit", limit, *LIMIT_RANGE)
        fetch = min(limit + limit // 2 + 4, MAX_FETCH)
        results: dict[int, list[Match]] = {}
        pending = list(range(len(queries)))
        while pending:
            responses = self._search(index, queries[pending], lengths[pending], filter, fetch)
            hits_of = dict(zip(pending, responses, strict=True))
            results |= {n: best_per_item(hits, limit, min_score) for n, hits in hits_of.items()}
            pending = [
                n
                for n, hits in hits_of.items()
                if len(hits) == fetch < MAX_FETCH
                and not _is_complete(hits, results[n], limit, min_score)
            ]
            fetch = min(fetch * 4, MAX_FETCH)
        return [results[n] for n in range(len(queries))]

    def item_vectors(self, index: str, sku: str) -> dict[str, Vector]:
        """Return the vector of each view of an item."""
        rows = self._query(index, expressions.any_of("sku", [sku]), ["view", "vector"])
        return {row["view"]: np.asarray(row["vector"], dtype=np.float32) for row in rows}

    def vectors_of(
        self, index: str, keys: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], Vector]:
        """Return unit vectors by SKU and view; unknown keys have none."""
        fields, vectors = ["sku", "view", "vector"], {}
        for batch in batched([row_id(*key) for key in keys], BATCH_ROWS):
            for row in self._query(index, expressions.any_of("id", batch), fields):
                vectors[row["sku"], row["view"]] = np.asarray(row["vector"], dtype=np.float32)
        return vectors

    def set_attributes(self, index: str, attributes: Mapping[str, Attributes]) -> None:
        """Replace the attributes of all views of each SKU."""
        # Write whole rows, because Milvus, unlike Lite, deletes the fields that an upsert omits.
        fields = ["sku", "view", "vector"]
        for skus in batched(attributes, ITEM_BATCH):
            rows = [
                VectorRow(row["sku"], row["view"], row["vector"], attributes[row["sku"]])
                for row in self._query(index, expressions.any_of("sku", skus), fields)
            ]
            self.upsert(index, rows)

    def keys(self, index: str) -> Iterator[tuple[str, str]]:
        """Yield the SKU and the view of every row."""
        for row in self._all_rows(index, ["sku", "view"], PAGE):
            yield row["sku"], row["view"]

    def attributes(
        self, index: str, sku: str | None = None
    ) -> Iterator[tuple[str, str, EncodedAttributes]]:
        """Yield the SKU, the view and the attributes of every row, or of the rows of one SKU."""
        fields = ["sku", "view", "attributes"]
        if sku is None:
            rows = self._all_rows(index, fields, PAGE)
        else:
            rows = iter(self._query(index, expressions.any_of("sku", [sku]), fields))
        for row in rows:
            yield row["sku"], row["view"], row["attributes"]

    def vectors(self, index: str) -> Iterator[tuple[str, str, Vector]]:
        """Yield the SKU, the view and the vector of every row."""
        for row in self._all_rows(index, ["sku", "view", "vector"], BATCH_ROWS):
            yield row["sku"], row["view"], np.asarray(row["vector"], dtype=np.float32)

    def ping(self) -> None:
        """Check that Milvus responds."""
        with self._connection.call("ping") as client:
            client.list_collections(timeout=READ_S)

    def _all_rows(self, index: str, fields: list[str], page: int) -> Iterator[dict[str, Any]]:
        with self._connection.call(index) as client:
            pages = client.query_iterator(
                index, page, output_fields=fields, timeout=READ_S, **ARRAYS, **STRONG
            )
        while True:
            with self._connection.call(index):
                rows = pages.next()
            yield from rows
            if not rows:
                break
        pages.close()

    def _search(
        self, index: str, queries: Vector, lengths: Vector, filter: Filter, fetch: int
    ) -> Iterator[list[Match]]:
        """Yield the best `fetch` images for each of the unit vectors (n, dim).

        Each cosine is multiplied by one of the lengths (n,).
        """
        ef = EF if np.allclose(lengths, 1, atol=1e-3) else FAR_EF
        with self._connection.call(index) as client:
            self._check_dim(client, index, queries.shape[1])
            responses = client.search(
                index,
                list(queries),
                filter=expressions.from_filter(filter, lite=self._connection.is_lite),
                limit=fetch,
                output_fields=["sku", "view"],
                search_params={"metric_type": METRIC, "params": {"ef": max(fetch, ef)}},
                timeout=READ_S,
                **EVENTUAL,
            )
        for hits, length in zip(responses, lengths.tolist(), strict=True):
            rows = ((hit["entity"], hit["distance"] * length) for hit in hits)
            yield [Match(row["sku"], row["view"], to_score(product)) for row, product in rows]

    def _query(self, index: str, expression: str, fields: list[str]) -> list[MilvusRow]:
        with self._connection.call(index) as client:
            rows: list[MilvusRow] = client.query(
                index, filter=expression, output_fields=fields, timeout=READ_S, **ARRAYS, **STRONG
            )
            return rows

    def _delete(self, index: str, field: str, texts: Sequence[str]) -> None:
        with self._connection.call(index) as client:
            for batch in batched(texts, BATCH_ROWS):
                expression = expressions.any_of(field, batch)
                client.delete(index, filter=expression, timeout=WRITE_S, **STRONG)
            if texts:
                self._wait_until_visible(client, index)

    def _wait_until_visible(self, client: MilvusClient, index: str) -> None:
        """Return once searches see the latest writes; Lite needs no wait."""
        if not self._connection.is_lite:
            client.query(index, filter="", output_fields=["count(*)"], timeout=WRITE_S, **STRONG)

    def _check_dim(self, client: MilvusClient, index: str, dim: int) -> None:
        if self._dims.get(index) != dim:
            actual = self._dims[index] = _dim(client, index)
            if actual != dim:
                raise InvalidInput(
                    f"vector index {index!r} has dimension {actual}, not {dim}; rebuild the index"
                )


def _dim(client: MilvusClient, index: str) -> int:
    fields = client.describe_collection(index, timeout=READ_S)["fields"]
    return next(int(field["params"]["dim"]) for field in fields if field["name"] == "vector")


def _is_complete(hits: list[Match], matches: list[Match], limit: int, min_score: float) -> bool:
    """Return whether the matches are final, that is, no further hit could change them."""
    last = hits[-1].score
    return last < min_score or (len(matches) == limit and last < matches[-1].score)
