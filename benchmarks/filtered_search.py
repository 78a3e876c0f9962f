"""`python -m benchmarks.filtered_search`: searches through filters, in Milvus Lite and in Milvus.

Prints, for each number of items: megabytes of the server; median and 95th percentile of the
milliseconds of a search without filter, and through filters that let 100 %, 10 % and 0.1 % of the
items pass, or that use `or`, `not` and `contains`; milliseconds per query in a batch of 32; and
those of a bare matrix product. Recall@10 is that of all searches against brute force over the
matching items.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from pymilvus import MilvusClient

from benchmarks.support.results import Result, save_results
from benchmarks.vectors import DIM, generate_vectors, wait_for_graph
from core.batching import batched
from core.filters.parse import Filter, parse_filter
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from core.vectors.store import Vector
from tests.support.external.full_milvus import full_milvus
from tests.support.servers import milvus_server

INDEX, NEAREST, BATCH = "benchmark", 10, 32
QUERIES, ROUNDS, ROUND_SEARCHES, ROUND_BATCHES = 64, 3, 32, 4
WRITE_BATCH, MERGE_S = 1_000, 3.0
FILTERS = {
    "none": parse_filter(None),
    "100 %": parse_filter({"price": {"gte": 0}, "brand": {"ne": "none"}}),
    "10 %": parse_filter({"group": 3}),
    "0.1 %": parse_filter({"number": {"in": list(range(0, 100_000, 1_000))}}),
    "or": parse_filter({"or": [{"group": 3}, {"price": {"lt": 20}, "sale": True}]}),
    "not": parse_filter({"brand": {"not": {"in": ["brand 3", "brand 4"]}}, "not": {"sale": True}}),
    "contains": parse_filter({"tags": {"contains": ["tag 3", "tag 17"]}}),
}


def main() -> None:
    """Fill both servers in steps, and measure after each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[3_000, 20_000, 50_000])
    parser.add_argument("--only", choices=["lite", "full"])
    args = parser.parse_args()
    columns = "".join(f"{f'{name} p50 p95':>16}" for name in FILTERS)
    print(f"{'':<12}{'items':>8}{'MB':>6}{columns}{'batch':>8}{'bare':>8}{'recall':>8}")
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:
        if args.only != "full":
            with milvus_server(Path(folder) / "lite") as url:
                results += _measure("Milvus Lite", url, args.items, lambda _: time.sleep(MERGE_S))
        if args.only != "lite":
            with full_milvus(Path(folder) / "full", settings={}) as url:
                settle = partial(wait_for_graph, MilvusClient(url))
                results += _measure("Milvus 2.3.5", url, args.items, settle)
    save_results("filtered_search", results)


def _measure(
    name: str, url: str, sizes: list[int], settle: Callable[[int], None]
) -> Iterator[Result]:
    store, vectors = MilvusVectors(url), generate_vectors(max(sizes), seed=1)
    queries = generate_vectors(QUERIES, seed=2)
    store.create(INDEX, DIM)
    for written, count in zip([0, *sizes], sizes, strict=False):
        for numbers in batched(range(written, count), WRITE_BATCH):
            store.upsert(INDEX, [_row(n, vectors[n]) for n in numbers])
        settle(count)
        rounds = [_search(store, queries) for _ in range(ROUNDS)]
        recall = _recall(store, queries, vectors[:count])
        _print(name, count, rounds, recall, _bare_ms(queries, vectors[:count]))
        for kind in rounds[0]:
            medians = tuple(statistics.median(took[kind]) for took in rounds)
            label = f"{name}, {count:,} items, {kind}"
            yield Result(name=label, rounds=medians, unit="ms", better="lower")


def _attributes(number: int) -> dict[str, Any]:
    return {
        "price": number % 97 + 0.5,
        "group": number % 10,
        "number": number,
        "brand": f"brand {number % 40}",
        "name": f"a garment with the number {number}",
        "sale": number % 3 == 0,
        "tags": [f"tag {number % 23}", f"tag {number % 29}", f"style {number % 1_000}"],
    }


def _row(number: int, vector: Vector) -> VectorRow:
    return VectorRow(str(number), "main", vector, _attributes(number))


def _search(store: MilvusVectors, queries: Vector) -> dict[str, list[float]]:
    """Return the milliseconds of each search, by filter; the kinds take turns."""
    took: dict[str, list[float]] = {kind: [] for kind in (*FILTERS, "batch")}
    for query, _ in zip(cycle(queries), range(ROUND_SEARCHES), strict=False):
        for kind, where in FILTERS.items():
            took[kind].append(_ms(partial(_nearest, store, query, where)))
    search_batch = partial(store.nearest_each, INDEX, list(queries[:BATCH]), limit=NEAREST)
    took["batch"] += [_ms(search_batch) / BATCH for _ in range(ROUND_BATCHES)]
    return took


def _nearest(store: MilvusVectors, query: Vector, where: Filter) -> list[str]:
    return [match.sku for match in store.nearest(INDEX, query, limit=NEAREST, filter=where)]


def _recall(store: MilvusVectors, queries: Vector, vectors: Vector) -> float:
    scores, hits, expected = queries @ vectors.T, 0, 0
    for where in FILTERS.values():
        rows = np.array([n for n in range(len(vectors)) if where.matches(_attributes(n))])
        for query, all_scores in zip(queries, scores, strict=True):
            best = rows[np.argsort(-all_scores[rows])[:NEAREST]]
            hits += len({*map(str, best.tolist())} & {*_nearest(store, query, where)})
            expected += len(best)
    return hits / expected


def _bare_ms(queries: Vector, vectors: Vector) -> float:
    return statistics.median(_ms(partial(np.matmul, vectors, query)) for query in queries)


def _ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def _print(
    name: str, count: int, rounds: list[dict[str, list[float]]], recall: float, bare: float
) -> None:
    servers = psutil.Process().children(recursive=True)
    memory = sum(server.memory_full_info().pss for server in servers) / 2**20
    print(f"{name:<12}{count:>8,}{memory:>6.0f}", end="")
    for kind in FILTERS:
        percentiles = statistics.quantiles([ms for took in rounds for ms in took[kind]], n=100)
        print(f"{f'{percentiles[49]:.1f} {percentiles[94]:.1f}':>16}", end="")
    batch = statistics.median(ms for took in rounds for ms in took["batch"])
    print(f"{batch:>8.1f}{bare:>8.1f}{recall:>8.3f}", flush=True)


if __name__ == "__main__":
    main()
