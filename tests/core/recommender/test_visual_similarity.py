import numpy as np
import pytest

from core.errors import InvalidInput
from core.recommender import visual_similarity as room
from core.recommender.algorithms.visual_knn import LookAlikes
from core.recommender.interactions import Interactions
from core.recommender.purchases import lines_of
from core.recommender.visual_similarity import Looks, alike
from tests.support.synthetic_shops import noise, sold


def test_the_nearest_are_those_of_a_loop(monkeypatch):
    monkeypatch.setattr(room, "BLOCK", 7)
    monkeypatch.setattr(room, "NEAREST", 5)
    vectors = noise([str(n) for n in range(30)]).vectors
    items = np.arange(30) + 2
    found = alike(vectors, items, 40)
    for n in range(30):
        cosines = np.delete(vectors @ vectors[n], n)
        others = np.delete(items, n)
        nearest = np.argsort(-cosines)[:5]
        row = found.cosine[n + 2]
        assert sorted(row.indices) == sorted(others[nearest])
        assert row.toarray()[0, others[nearest]] == pytest.approx(cosines[nearest], abs=1e-5)
        above = (cosines[nearest] - cosines.mean()) / cosines.std()
        striking = found.striking[n + 2].toarray()[0, others[nearest]]
        assert striking == pytest.approx(above**2, rel=1e-3)


def test_items_never_sold_are_reached_by_their_looks():
    lines = lines_of(sold([("ann", "A", "1", 0), ("bob", "B", "2", 3)]), 5)
    # C looks like A, D like B, E like neither
    vectors = np.array([[1, 0, 0], [0, 1, 0], [0.9, 0.1, 0.1], [0.1, 0.9, 0.1], [0, 0, 1]])
    pictures = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    algorithm = LookAlikes(alike(pictures, np.arange(5), 5)).fit(Interactions(lines))
    assert algorithm.scores(np.array([0, 1])).argmax(axis=1).tolist() == [2, 3]


@pytest.mark.parametrize(
    ("skus", "shape"), [(["A", "B"], (1, 4)), (["A", "A"], (2, 4)), (["A"], (4,))]
)
def test_looks_that_do_not_fit_their_skus_are_refused(skus, shape):
    with pytest.raises(InvalidInput, match="looks"):
        Looks(skus, np.zeros(shape, np.float32))
