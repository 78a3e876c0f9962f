import numpy as np
import pytest

from core.errors import InvalidInput
from core.recommender import visual_neighbours
from core.recommender.algorithms.item_knn import VisualKnn
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import to_order_lines
from core.recommender.visual_neighbours import ItemEmbeddings, find_visual_neighbours
from tests.support.synthetic_shops import make_sales, noise_embeddings


def test_the_neighbours_are_those_of_a_loop(monkeypatch):
    monkeypatch.setattr(visual_neighbours, "BLOCK", 7)
    monkeypatch.setattr(visual_neighbours, "NEIGHBOURS", 5)
    vectors = noise_embeddings([str(n) for n in range(30)]).vectors
    items = np.arange(30) + 2
    neighbours = find_visual_neighbours(vectors, items, 40)
    for n in range(30):
        cosines = np.delete(vectors @ vectors[n], n)
        others = np.delete(items, n)
        nearest = np.argsort(-cosines)[:5]
        row = neighbours.cosine[n + 2]
        assert sorted(row.indices) == sorted(others[nearest])
        assert row.toarray()[0, others[nearest]] == pytest.approx(cosines[nearest], abs=1e-5)
        zscore = (cosines[nearest] - cosines.mean()) / cosines.std()
        squared_zscore = neighbours.squared_zscore[n + 2].toarray()[0, others[nearest]]
        assert squared_zscore == pytest.approx(zscore**2, rel=1e-3)


def test_unsold_items_are_scored_by_visual_similarity():
    lines = to_order_lines(make_sales([("ann", "A", "1", 0), ("bob", "B", "2", 3)]), 5)
    # C looks like A, D like B, E like neither
    vectors = np.array([[1, 0, 0], [0, 1, 0], [0.9, 0.1, 0.1], [0.1, 0.9, 0.1], [0, 0, 1]])
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    algorithm = VisualKnn(find_visual_neighbours(unit, np.arange(5), 5)).fit(Interactions(lines))
    assert algorithm.scores(np.array([0, 1])).argmax(axis=1).tolist() == [2, 3]


@pytest.mark.parametrize(
    ("skus", "shape"), [(["A", "B"], (1, 4)), (["A", "A"], (2, 4)), (["A"], (4,))]
)
def test_embeddings_that_do_not_fit_their_skus_are_rejected(skus, shape):
    with pytest.raises(InvalidInput, match="item embeddings"):
        ItemEmbeddings(skus, np.zeros(shape, np.float32))
