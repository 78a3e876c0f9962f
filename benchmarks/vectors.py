"""`python -m benchmarks.vectors`: synthetic vectors in Milvus and in Milvus Lite.

Prints at a quarter, a half and all of the rows: rows written per second, seconds until the index
holds these rows, recall@10 against exact search, and milliseconds per search.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from pymilvus import MilvusClient

from core.batching import batched
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from core.vectors.store import Vector
from tests.support.external.full_milvus import full_milvus
from tests.support.servers import milvus_server

DIM, MEAN, DECAY = 1_280, 0.67, 0.9
QUERIES, NEAREST = 200, 10
WRITE_BATCH = 2_000
PARTS = (0.25, 0.5, 1.0)


def main() -> None:
    """Fill both stores in steps, and measure after each step."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vectors", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--lite-rows", type=int, default=20_000)
    args = parser.parse_args()
    print(f"{'':<14}{'rows':>9}{'written/s':>11}{'indexed s':>11}{'recall@10':>11}", end="")
    print(f"{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        lite = stack.enter_context(milvus_server(Path(folder) / "lite"))
        _measure("Milvus Lite", lite, args.lite_rows, _flush)
        full = stack.enter_context(full_milvus(Path(folder) / "full", settings={}))
        _measure("Milvus 2.3.5", full, args.rows, wait_for_graph)


def _measure(name: str, url: str, rows: int, settle: Callable[[MilvusClient, int], None]) -> None:
    store, client = MilvusVectors(url), MilvusClient(url)
    store.create("benchmark", DIM)
    vectors, queries = generate_vectors(rows + QUERIES, seed=1), generate_vectors(QUERIES, seed=2)
    count = 0
    for total in (int(rows * part) for part in PARTS):
        started = time.perf_counter()
        for numbers in batched(range(count, total), WRITE_BATCH):
            batch = [VectorRow(str(n), "main", vectors[n], {"price": n % 100}) for n in numbers]
            store.upsert("benchmark", batch)
        written = time.perf_counter() - started
        settle(client, total)
        waited = time.perf_counter() - started - written
        took, recall = _search(store, queries, vectors[:total])
        p = statistics.quantiles(took, n=100)
        print(f"{name:<14}{total:>9,}{(total - count) / written:>11,.0f}{waited:>11.1f}", end="")
        print(f"{recall:>11.3f}{p[49]:>9.1f}{p[94]:>9.1f}{p[98]:>9.1f}", flush=True)
        count = total


def generate_vectors(count: int, seed: int, dim: int = DIM) -> Vector:
    """Return unit vectors (count, dim), distributed like embeddings of photos of clothes.

    Such embeddings (EfficientNet-Lite0, 713 images) vary about a mean of length 0.67, with a
    variance proportional to k ** -0.9 along the k-th principal axis. Here the principal axes are
    the coordinate axes, which makes no difference to HNSW.
    """
    scale = np.arange(1, dim + 1, dtype=np.float32) ** (-DECAY / 2)
    scale *= np.sqrt((1 - MEAN**2) / np.sum(scale**2))
    vectors = np.random.default_rng(seed).standard_normal((count, dim), np.float32) * scale
    vectors[:, -1] += MEAN
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _search(store: MilvusVectors, queries: Vector, vectors: Vector) -> tuple[list[float], float]:
    """Return the milliseconds of each search, and recall@10 of all searches."""
    exact = np.argpartition(queries @ vectors.T, -NEAREST, axis=1)[:, -NEAREST:]
    store.nearest("benchmark", queries[0], limit=NEAREST)
    took, hits = [], 0
    for query, nearest in zip(queries, exact, strict=True):
        started = time.perf_counter()
        matches = store.nearest("benchmark", query, limit=NEAREST)
        took.append((time.perf_counter() - started) * 1000)
        hits += len({int(match.sku) for match in matches} & {int(n) for n in nearest})
    return took, hits / (len(queries) * NEAREST)


def _flush(client: MilvusClient, _rows: int) -> None:
    """Move rows from Milvus Lite's write-ahead log into a file, as Milvus does by itself."""
    client.flush("benchmark", timeout=600)


def wait_for_graph(client: MilvusClient, rows: int) -> None:
    """Wait until the HNSW graph holds every row and is loaded; until then, searches scan rows."""
    client.flush("benchmark", timeout=600)
    while int(client.describe_index("benchmark", "vector")["indexed_rows"]) < rows:
        time.sleep(0.5)
    client.release_collection("benchmark", timeout=600)
    client.load_collection("benchmark", timeout=600)


if __name__ == "__main__":
    main()
