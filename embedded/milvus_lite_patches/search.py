"""Searches a snapshot by matrix products, of all queries of a request with blocks of rows."""

import heapq
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from typing import Any, NamedTuple

import faiss
import numpy as np
from milvus_lite.exceptions import PartitionNotFoundError
from milvus_lite.search.distance import METRIC_IP, compute_distances
from numpy.typing import NDArray

from embedded.milvus_lite_patches.half_precision import BLOCK_ROWS, MAX_TOP, HalfPrecisionBlock
from embedded.milvus_lite_patches.rows import Floats, Mask
from embedded.milvus_lite_patches.snapshot import Snapshot

FEW = 0.25
"""The share of rows below which they are copied to be compared."""
FEW_QUERIES = 2
"""The number of queries up to which a product for each takes less time than one for all."""
FEW_HALF_PRECISION = 6
"""The same for products in half precision."""
# The threads of NumPy and faiss wait for each other in a loop, which takes long if all cores are
# busy, so each product runs in one thread.
_pool = ThreadPoolExecutor(
    os.cpu_count(), "search", initializer=faiss.omp_set_num_threads, initargs=(1,)
)

Nearest = list[tuple[NDArray[np.int64], Floats]]
"""The nearest rows to each query, and their distances, in no particular order."""


class Hit(NamedTuple):
    """A row of a snapshot's part; hits are sorted by distance."""

    distance: float
    part: int
    row: int


def execute_search(
    *, query_vectors: Floats, segments: Snapshot, **request: Any
) -> list[list[dict[str, Any]]]:
    """Return the nearest rows of each query; replaces the engine's function of this name.

    The engine's own visits all rows in Python to find those that are live.
    """
    reject_partitions(request["partition_names"])
    candidates = segments.matching(request["compiled_filter"])
    top_k, metric = request["top_k"], request["metric_type"]
    hits = find_hits(query_vectors, segments, candidates, top_k, metric)
    places = np.array([hit[1:] for hit in chain(*hits)], np.int64).reshape(-1, 2)
    records = iter(segments.read(places, request["output_fields"]))
    key = request["pk_field"]
    return [
        [
            {"id": record[key], "distance": hit.distance, "entity": record}
            for hit, record in zip(of_query, records, strict=False)
        ]
        for of_query in hits
    ]


def reject_partitions(names: Sequence[str] | None) -> None:
    """Reject partitions, which no collection has."""
    if names:
        raise PartitionNotFoundError(f"there are no partitions: {', '.join(names)}")


def find_hits(
    queries: Floats, snapshot: Snapshot, candidates: Sequence[Mask], top_k: int, metric: str
) -> list[list[Hit]]:
    """Return the nearest candidates to each query, nearest first."""
    is_half_faster = metric == METRIC_IP and top_k <= MAX_TOP and len(queries) <= FEW_HALF_PRECISION

    def search(block: tuple[int, slice]) -> Nearest:
        part, rows = block
        vectors, mask = snapshot.parts[part].vectors[rows], candidates[part][rows]
        halves = snapshot.parts[part].half_precision
        if halves and is_half_faster and np.count_nonzero(mask) >= FEW * len(mask):
            return nearest_by_half(queries, halves[rows.start // BLOCK_ROWS], mask, top_k)
        return nearest_rows(queries, vectors, mask, top_k, metric)

    blocks = [
        (part, slice(first, first + BLOCK_ROWS))
        for part, mask in enumerate(candidates)
        for first in range(0, len(mask), BLOCK_ROWS)
    ]
    hits: list[list[Hit]] = [[] for _ in queries]
    for (part, block), nearest in zip(blocks, _pool.map(search, blocks), strict=True):
        for of_query, (rows, distances) in zip(hits, nearest, strict=True):
            numbers = (rows + block.start).tolist()
            of_query.extend(map(Hit, distances.tolist(), repeat(part), numbers))
    return [heapq.nsmallest(top_k, of_query) for of_query in hits]


def nearest_by_half(queries: Floats, block: HalfPrecisionBlock, mask: Mask, top_k: int) -> Nearest:
    """Return the rows in the mask with the largest products; their distances are negative."""
    nearest = []
    for query in queries:
        if result := block.nearest(query, mask, top_k):
            rows, products = result
            nearest.append((rows, -products))
        else:
            nearest += nearest_rows(query[None], block.vectors, mask, top_k, METRIC_IP)
    return nearest


def nearest_rows(queries: Floats, vectors: Floats, mask: Mask, top_k: int, metric: str) -> Nearest:
    """Return the nearest of the rows in the mask."""
    rows = np.flatnonzero(mask)
    if len(rows) < FEW * len(mask):
        vectors = vectors[rows]
    nearest = []
    for compared in _distances(queries, vectors, metric):
        distances = compared if len(compared) == len(rows) else compared[rows]
        best = np.argpartition(distances, top_k)[:top_k] if top_k < len(rows) else slice(None)
        nearest.append((rows[best], distances[best]))
    return nearest


def _distances(queries: Floats, vectors: Floats, metric: str) -> Iterable[Floats]:
    """Yield the distances of each query to all vectors."""
    if metric == METRIC_IP and len(queries) > FEW_QUERIES:
        # the engine's product, the other way around, takes a quarter longer
        return np.ascontiguousarray((vectors @ -queries.T).T)
    return (compute_distances(query, vectors, metric) for query in queries)
