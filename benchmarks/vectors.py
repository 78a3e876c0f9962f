"""`python -m benchmarks.vectors`: made vectors in a whole Milvus, and in Milvus Lite.

Prints, at a fourth, a half and all of the rows: rows a second written, how long until the index
holds all of them, recall@10 against the exact answer, and milliseconds of a search.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.support.bare_inference import timed_ms
from core.domain import Match
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from core.vectors.store import Vector
from tests.support.full_milvus import full_milvus
from tests.support.servers import milvus_server

DIM, MEAN, FALL = 1_280, 0.67, 0.9
QUERIES, NEAREST = 200, 10
WRITTEN_AT_ONCE = 2_000
PARTS = (0.25, 0.5, 1.0)


def main() -> None:
    """Fill both, step by step, and look after each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vectors")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--lite-rows", type=int, default=20_000)
    asked = parser.parse_args()
    print(f"{'':<14}{'rows':>9}{'written/s':>11}{'indexed s':>11}{'recall@10':>11}", end="")
    print(f"{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        lite = stack.enter_context(milvus_server(Path(folder) / "lite"))
        _grow("Milvus Lite", MilvusVectors(lite), asked.lite_rows, _flushed)
        full = stack.enter_context(full_milvus(Path(folder) / "full", settings={}))
        _grow("Milvus 2.3.5", MilvusVectors(full), asked.rows, _indexed)


def _grow(name: str, store: MilvusVectors, rows: int, settled: Callable[..., None]) -> None:
    store.create("made", DIM)
    vectors, queries = _made(rows + QUERIES, seed=1), _made(QUERIES, seed=2)
    there = 0
    for upto in (int(rows * part) for part in PARTS):
        started = time.perf_counter()
        for some in _batches(vectors, there, upto):
            store.upsert("made", some)
        written = time.perf_counter() - started
        settled(store, upto)
        waited = time.perf_counter() - started - written
        took, recall = _searched(store, queries, vectors[:upto])
        p = statistics.quantiles(took, n=100)
        print(f"{name:<14}{upto:>9,}{(upto - there) / written:>11,.0f}{waited:>11.1f}", end="")
        print(f"{recall:>11.3f}{p[49]:>9.1f}{p[94]:>9.1f}{p[98]:>9.1f}", flush=True)
        there = upto


def _made(count: int, seed: int) -> Vector:
    """Unit vectors, (count, 1280), spread as the embeddings of photographs of clothes are.

    Those (EfficientNet-Lite0, 713 pictures) vary about a common mean of length .67, in each of
    their main directions as k ** -.9; here the directions are the axes, which HNSW cannot tell.
    """
    scale = np.arange(1, DIM + 1, dtype=np.float32) ** (-FALL / 2)
    scale *= np.sqrt((1 - MEAN**2) / np.sum(scale**2))
    made = np.random.default_rng(seed).standard_normal((count, DIM), np.float32) * scale
    made[:, -1] += MEAN
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def _batches(vectors: Vector, first: int, upto: int) -> Iterator[list[VectorRow]]:
    for start in range(first, upto, WRITTEN_AT_ONCE):
        some = range(start, min(start + WRITTEN_AT_ONCE, upto))
        yield [VectorRow(str(n), "main", vectors[n], {"price": n % 100}) for n in some]


def _searched(store: MilvusVectors, queries: Vector, vectors: Vector) -> tuple[list[float], float]:
    """Milliseconds of each search, and which share of the exact answers they found."""
    exact = np.argpartition(queries @ vectors.T, -NEAREST, axis=1)[:, -NEAREST:]
    store.nearest("made", queries[0], limit=NEAREST)
    took, found = [], 0
    for query, wanted in zip(queries, exact, strict=True):
        matches: list[Match] = []
        took.append(timed_ms(lambda q=query, m=matches: m.extend(_nearest(store, q))))  # type: ignore[misc]
        found += len({int(match.sku) for match in matches} & {int(n) for n in wanted})
    return took, found / (len(queries) * NEAREST)


def _nearest(store: MilvusVectors, query: Vector) -> list[Match]:
    return store.nearest("made", query, limit=NEAREST)


def _flushed(store: MilvusVectors, _rows: int) -> None:
    store.flush("made")


def _indexed(store: MilvusVectors, rows: int) -> None:
    """Until every row is in an index, and that is what searches use: else rows are compared."""
    client = store._client()
    client.flush("made", timeout=600)
    while int(client.describe_index("made", "vector")["indexed_rows"]) < rows:
        time.sleep(0.5)
    client.release_collection("made", timeout=600)
    client.load_collection("made", timeout=600)


if __name__ == "__main__":
    main()
