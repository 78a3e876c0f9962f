"""The nearest rows, compared with the engine's own search."""

import json

import numpy as np
import pytest
from milvus_lite.index.brute_force import BruteForceIndex

from embedded.milvus_lite_patches import search
from embedded.milvus_lite_patches.snapshot import Snapshot
from tests.embedded.milvus_lite_patches.engine_rows import rows_of


def random_vectors(count, seed):
    return np.random.default_rng(seed).normal(size=(count, 8)).astype("f4")


@pytest.mark.parametrize("metric", ["IP", "COSINE", "L2"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.9, 1.0])
@pytest.mark.parametrize("top", [1, 10, 300])
@pytest.mark.parametrize("count", [1, 3])
def test_the_nearest_rows_are_the_same_as_the_engines(metric, share, top, count):
    vectors, queries = random_vectors(200, seed=1), random_vectors(count, seed=2)
    mask = np.random.default_rng(3).random(200) < share
    expected = BruteForceIndex.build(vectors, metric).search(queries, top, mask)
    actual = search.nearest_rows(queries, vectors, mask, top, metric)
    for query, (rows, distances) in enumerate(actual):
        order = np.argsort(distances)
        hits = np.count_nonzero(expected[0][query] >= 0)
        assert rows[order].tolist() == expected[0][query][:hits].tolist()
        assert distances[order] == pytest.approx(expected[1][query][:hits], abs=1e-5)


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_parts_and_blocks_are_searched_as_one(share, monkeypatch):
    monkeypatch.setattr(search, "BLOCK_ROWS", 64)
    vectors, queries = random_vectors(500, seed=1), random_vectors(5, seed=2)
    mask = np.random.default_rng(3).random(500) < share
    parts = [
        rows_of([json.dumps({})] * count, vectors[first:])
        for first, count in ((0, 200), (200, 300))
    ]
    masks = [mask[:200], mask[200:]]
    hits = search.find_hits(queries, Snapshot(parts, masks, {}), masks, 10, "IP")
    expected = BruteForceIndex.build(vectors, "IP").search(queries, 10, mask)[0]
    assert [
        [hit.part * 200 + hit.row for hit in of_query] for of_query in hits
    ] == expected.tolist()


def test_an_empty_snapshot_has_no_hits():
    assert search.find_hits(random_vectors(2, seed=0), Snapshot((), (), {}), [], 10, "IP") == [
        [],
        [],
    ]
