import numpy as np
import pytest
from scipy import sparse

from core.recommender.algorithms.dense_block import Columns, DenseBlock
from core.recommender.algorithms.factor_block import FactorBlock, ItemFactors
from core.recommender.algorithms.sparse_block import SharedRows, SharedScores, SparseBlock
from tests.support.recommenders import make_eligibility

USERS, ITEMS = np.arange(6), 40


def draw(*shape: int):
    return np.random.default_rng(0).normal(5, 1, shape).astype(np.float32)


def some(*shape: int):
    """Few scores, the others are 0."""
    return sparse.random_array(shape, density=0.2, rng=1, format="csr", dtype=np.float32)


def all_scores():
    return DenseBlock(draw(6, ITEMS))


def scores_of_columns():
    return DenseBlock(draw(6, 7), Columns(np.array([1, 2, 5, 8, 13, 21, 34]), ITEMS))


def scores_of_no_columns():
    return DenseBlock(draw(6, 0), Columns(np.array([], np.intp), ITEMS))


def few_scores():
    return SparseBlock(sparse.csr_matrix(some(6, ITEMS)))


def shared_scores():
    row, factor = np.array([0, 1, 1, 0, 2, 0]), draw(6)
    shared = SharedScores(SharedRows(draw(3, ITEMS)), row, factor)
    return SparseBlock(sparse.csr_matrix(some(6, ITEMS)), shared)


def dot_products():
    return FactorBlock(draw(6, 3), ItemFactors(draw(ITEMS, 3)))


BLOCKS = (
    all_scores,
    scores_of_columns,
    scores_of_no_columns,
    few_scores,
    shared_scores,
    dot_products,
)


@pytest.mark.parametrize("make", BLOCKS)
def test_moments_are_those_of_the_eligible_items_of_each_user(make):
    bought = [(0, 3), (0, 5), (2, 13), (4, 2), (4, 0), (5, 39)]
    eligibility = make_eligibility(6, ITEMS, bought, disallowed=[2, 8, 30])
    scores, mask = make().toarray().astype(float), eligibility.mask(USERS)
    moments = make().moments(eligibility.of(USERS))
    expected = [row[eligible] for row, eligible in zip(scores, mask, strict=True)]
    assert moments.mean == pytest.approx([row.mean() for row in expected])
    assert moments.spread == pytest.approx([row.std() for row in expected])


@pytest.mark.parametrize("make", BLOCKS)
def test_scores_are_added_with_the_factor_of_each_user(make):
    total, factors = draw(6, ITEMS), np.arange(6, dtype=np.float32)
    expected = total + factors[:, None] * make().toarray()
    make().add_to(total, factors)
    assert total == pytest.approx(expected, abs=1e-4)


def test_equal_scores_are_not_scaled():
    equal = SparseBlock(
        sparse.csr_matrix((6, ITEMS), dtype=np.float32),
        SharedScores(SharedRows(np.full((1, ITEMS), 0.1, np.float32)), USERS * 0, draw(6)),
    )
    eligible = make_eligibility(6, ITEMS, [(0, 3)]).of(USERS)
    assert not equal.moments(eligible).scale.any()
    assert not DenseBlock(np.full((6, ITEMS), 0.1, np.float32)).moments(eligible).scale.any()


def test_sums_of_shared_scores_are_those_of_the_allowed_items_at_hand():
    rows = SharedRows(draw(2, ITEMS))
    for disallowed in ([], [1, 2], [3]):
        allowed = make_eligibility(1, ITEMS, disallowed=disallowed).of(np.array([0])).allowed
        values = np.delete(rows.rows.astype(float), disallowed, axis=1)
        assert rows.sums(allowed) == pytest.approx(np.array([values.sum(1), (values**2).sum(1)]))
