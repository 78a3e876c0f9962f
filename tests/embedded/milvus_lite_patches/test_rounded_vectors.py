"""The nearest rows by rounded vectors, compared with products in full precision."""

import numpy as np
import pytest

from embedded.milvus_lite_patches.rounded_vectors import (
    RoundedVectors,
    lowest_of_best,
    round_vectors,
)
from embedded.milvus_lite_patches.rows import segment_rows
from embedded.milvus_lite_patches.search import BLOCK_ROWS, find_hits, nearest_by_rounded
from embedded.milvus_lite_patches.snapshot import Snapshot
from tests.embedded.milvus_lite_patches.engine_rows import rows_of

ROWS, DIM = 2_000, 64


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("f4")


def random_vectors(kind, seed):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(ROWS, DIM))
    if kind == "similar":
        vectors = 3 + vectors * 0.9 ** np.arange(DIM)
    if kind == "outliers":
        vectors[:, 0] += rng.pareto(1, ROWS) * 50
    if kind == "nearly equal":
        vectors = 1 + vectors * 1e-5
    if kind == "equal":
        vectors = np.ones((ROWS, DIM))
    vectors = unit(vectors)
    if kind == "some zero":
        vectors[::7] = 0
    return vectors


@pytest.mark.parametrize(
    "kind", ["random", "similar", "outliers", "nearly equal", "equal", "some zero"]
)
@pytest.mark.parametrize("share", [0.3, 1.0])
@pytest.mark.parametrize("top", [1, 20, 256])
def test_the_nearest_rows_are_those_in_full_precision(kind, share, top):
    vectors, queries = random_vectors(kind, seed=1), random_vectors(kind, seed=2)[:8]
    mask = np.random.default_rng(3).random(ROWS) < share
    (nearest,) = nearest_by_rounded(queries, [(RoundedVectors.of(vectors), mask)], top)
    for query, (rows, distances) in zip(queries, nearest, strict=True):
        products = vectors.astype("f8") @ query
        assert mask[rows].all()
        assert len(set(rows.tolist())) == top
        assert -distances == pytest.approx(products[rows], abs=1e-6)
        # rows whose products differ by less than the precision of float32 may swap
        expected = np.sort(products[mask])[-top:]
        assert np.sort(products[rows]) == pytest.approx(expected, abs=3e-7)


def found_again(vectors, queries, top=20):
    """Return, for each query, the number of rows that are compared again; None stands for all."""
    estimates = RoundedVectors.of(vectors).estimate(RoundedVectors.of(queries), np.ones(ROWS, bool))
    lowest = [lowest_of_best([estimates], number, top) for number in range(len(queries))]
    rows = [estimates.at_least(number, low, ROWS) for number, low in enumerate(lowest)]
    return [None if matches is None else len(matches[0]) for matches in rows]


def test_few_random_vectors_are_compared_again():
    counts = found_again(random_vectors("random", seed=1), random_vectors("random", seed=2)[:50])
    assert sum(count is not None and count < ROWS / 10 for count in counts) > 40


def test_vectors_that_rounding_cannot_tell_apart_are_not_guessed():
    vectors, queries = (random_vectors("nearly equal", seed=seed) for seed in (1, 2))
    assert found_again(vectors, queries[:1]) == [None]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("damaged", [np.nan, np.inf])
def test_vectors_that_are_not_finite_are_not_guessed(damaged):
    query = np.full((1, DIM), damaged, "f4")
    assert found_again(random_vectors("random", seed=1), query) == [None]


def test_the_nearest_of_several_parts_are_found():
    parts = [random_vectors("random", seed=seed) for seed in (1, 2, 3)]
    mask = np.arange(ROWS) % 3 > 0
    queries = random_vectors("random", seed=4)[:5]
    rounded = [(RoundedVectors.of(vectors), mask) for vectors in parts]
    matches = nearest_by_rounded(queries, rounded, 20)
    for number, query in enumerate(queries):
        distances = np.concatenate([of_part[number][1] for of_part in matches])
        products = np.concatenate([vectors[mask] @ query for vectors in parts])
        assert -np.sort(distances)[:20] == pytest.approx(np.sort(products)[::-1][:20], abs=1e-6)
        assert len(distances) < 60


@pytest.mark.parametrize("rows", [0, 1, 20, 21])
def test_few_rows_in_the_mask_are_all_found(rows):
    vectors = random_vectors("random", seed=1)
    mask = np.arange(ROWS) < rows
    (((matches, distances),),) = nearest_by_rounded(
        vectors[5:6], [(RoundedVectors.of(vectors), mask)], 20
    )
    expected = np.argsort(-(vectors[:rows] @ vectors[5]))[:20]
    assert set(matches.tolist()) == set(expected.tolist())
    assert len(distances) == len(expected)


class Segment:
    """A file of the engine, as far as searches read it."""

    def __init__(self, rows):
        self._pk_field, self.pks, self.seqs = rows.key_field, rows.keys, rows.seqs
        self.pk_to_row, self._vectors = rows.row_of, rows.vectors
        self.table = rows.table.append_column("vector", [list(range(len(rows)))])

    def vector_data(self, field):
        return self._vectors, None


def test_a_file_of_several_blocks_is_searched_by_rounded_vectors():
    rng = np.random.default_rng(1)
    vectors = unit(rng.normal(size=(BLOCK_ROWS + 1_500, 16)))
    rows = segment_rows(Segment(rows_of(["{}"] * len(vectors), vectors)), "vector")
    assert rows.rounded.numbers.shape == vectors.shape
    masks = [rng.random(len(vectors)) < 0.9]
    queries = unit(rng.normal(size=(3, 16)))
    hits = find_hits(queries, Snapshot([rows], masks, {}), masks, 10, "IP")
    for query, of_query in zip(queries, hits, strict=True):
        products = np.where(masks[0], vectors @ query, -2)
        assert [hit.row for hit in of_query] == np.argsort(-products)[:10].tolist()


def test_small_files_are_not_rounded():
    assert round_vectors(np.ones((500, 4), "f4")) is None
