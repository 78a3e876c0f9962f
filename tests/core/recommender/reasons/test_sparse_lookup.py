import numpy as np
from scipy import sparse

from core.recommender.reasons.sparse_lookup import SparseLookup


def test_values_are_those_of_the_matrix_and_0_elsewhere():
    rng = np.random.default_rng(0)
    dense = rng.random((40, 30)) * (rng.random((40, 30)) < 0.2)
    rows, columns = rng.integers(40, size=(9, 1)), rng.integers(30, size=(9, 50))
    values = SparseLookup(sparse.csr_matrix(dense)).at(rows, columns)
    assert np.array_equal(values, dense[rows, columns])
    assert SparseLookup(sparse.csr_matrix((40, 30))).at(rows, columns).sum() == 0
