import numpy as np
from scipy import sparse

from core.recommender.reasons.sparse_lookup import Lookup


def test_values_are_those_of_the_matrix_and_nothing_is_0():
    rng = np.random.default_rng(0)
    dense = rng.random((40, 30)) * (rng.random((40, 30)) < 0.2)
    rows, columns = rng.integers(40, size=(9, 1)), rng.integers(30, size=(9, 50))
    found = Lookup(sparse.csr_matrix(dense)).at(rows, columns)
    assert np.array_equal(found, dense[rows, columns])
    assert Lookup(sparse.csr_matrix((40, 30))).at(rows, columns).sum() == 0
