"""The nearest rows by rounded vectors, compared with products in full precision."""

import numpy as np
import pytest

from embedded.milvus_lite_patches.half_precision import (
    BLOCK_ROWS,
    SPARE,
    HalfPrecisionBlock,
    round_to_half,
)
from embedded.milvus_lite_patches.rows import segment_rows
from embedded.milvus_lite_patches.search import find_hits, nearest_by_half
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
    return unit(vectors)


@pytest.mark.parametrize("kind", ["random", "similar", "outliers", "nearly equal", "equal"])
@pytest.mark.parametrize("share", [0.3, 1.0])
@pytest.mark.parametrize("top", [1, 20, 256])
def test_the_nearest_rows_are_those_in_full_precision(kind, share, top):
    vectors, queries = random_vectors(kind, seed=1), random_vectors(kind, seed=2)[:8]
    mask = np.random.default_rng(3).random(ROWS) < share
    nearest = nearest_by_half(queries, HalfPrecisionBlock.of(vectors), mask, top)
    for query, (rows, distances) in zip(queries, nearest, strict=True):
        products = vectors.astype("f8") @ query
        assert mask[rows].all()
        assert len(set(rows.tolist())) == top
        assert -distances == pytest.approx(products[rows], abs=1e-6)
        # rows whose products differ by less than the precision of float32 may swap
        expected = np.sort(products[mask])[-top:]
        assert np.sort(products[rows]) == pytest.approx(expected, abs=3e-7)


def test_random_vectors_are_found_without_full_precision():
    block = HalfPrecisionBlock.of(random_vectors("random", seed=1))
    mask = np.ones(ROWS, bool)
    nearest = [block.nearest(query, mask, 20) for query in random_vectors("random", seed=2)[:50]]
    assert sum(rows is not None for rows in nearest) > 40


def test_vectors_that_rounding_cannot_tell_apart_are_not_guessed():
    block = HalfPrecisionBlock.of(random_vectors("nearly equal", seed=1))
    query = random_vectors("nearly equal", seed=2)[0]
    assert block.nearest(query, np.ones(ROWS, bool), 20) is None


def test_fewer_rows_than_are_compared_again_are_all_found():
    vectors = random_vectors("random", seed=1)
    mask = np.arange(ROWS) < SPARE
    rows, products = HalfPrecisionBlock.of(vectors).nearest(vectors[5], mask, 20)
    assert set(rows.tolist()) == set(np.argsort(-(vectors[:SPARE] @ vectors[5]))[:20].tolist())
    assert products.max() == pytest.approx(1, abs=1e-6)


def test_no_row_in_the_mask_gives_no_rows():
    vectors = random_vectors("random", seed=1)
    rows, products = HalfPrecisionBlock.of(vectors).nearest(vectors[0], np.zeros(ROWS, bool), 20)
    assert (len(rows), len(products)) == (0, 0)


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
    assert [len(block.vectors) for block in rows.half_precision] == [BLOCK_ROWS, 1_500]
    masks = [rng.random(len(vectors)) < 0.9]
    queries = unit(rng.normal(size=(3, 16)))
    hits = find_hits(queries, Snapshot([rows], masks, {}), masks, 10, "IP")
    for query, of_query in zip(queries, hits, strict=True):
        products = np.where(masks[0], vectors @ query, -2)
        assert [hit.row for hit in of_query] == np.argsort(-products)[:10].tolist()


def test_small_files_are_not_rounded():
    assert round_to_half(np.ones((500, 4), "f4")) == ()
