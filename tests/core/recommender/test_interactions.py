import numpy as np
import pytest
from surprise import Dataset, KNNBasic, Reader

from core.recommender.algorithms.ease import Ease
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import to_order_lines
from tests.support.synthetic_shops import make_sales, taste_shop


def interactions() -> Interactions:
    return Interactions(to_order_lines(taste_shop(users=30, items=24).purchases, 24))


def test_surprise_accepts_it_as_a_training_set():
    trainset = interactions()
    rows = [(str(u), str(i), r) for u, i, r in trainset.all_ratings()]
    reference = Dataset.load_from_df(_frame(rows), Reader(rating_scale=trainset.rating_scale))
    options = {"sim_options": {"name": "msd"}, "verbose": False}
    model = KNNBasic(**options).fit(trainset)
    reference_model = KNNBasic(**options).fit(reference.build_full_trainset())
    for user, item in [(0, 1), (3, 7), (12, 5)]:
        expected = reference_model.predict(str(user), str(item)).est
        assert model.predict(user, item).est == pytest.approx(expected)


def test_algorithms_learn_from_any_surprise_training_set():
    rows = [("ann", "A", 1.0), ("ann", "B", 1.0), ("bob", "A", 1.0)]
    trainset = Dataset.load_from_df(_frame(rows), Reader()).build_full_trainset()
    algorithm = Ease(penalty=1).fit(trainset)
    estimate = algorithm.predict("bob", "B", clip=False).est
    # x_B on x_A with penalty 1: 1 / (2 + 1)
    assert estimate == pytest.approx(1 / 3)


def test_counts_of_users_and_items_are_those_of_surprise():
    trainset = Interactions(to_order_lines(make_sales([("a", "X", "1", 0), ("b", "X", "2", 1)]), 3))
    assert (trainset.n_users, trainset.n_items, trainset.n_ratings) == (2, 3, 2)
    assert trainset.ir[0] == [(0, 1.0), (1, 1.0)]
    assert trainset.knows_item(0)
    assert not trainset.knows_item(2)


def test_only_the_last_purchase_of_an_item_counts_and_fades_to_a_least_weight():
    rows = [("a", "X", "1", 0), ("b", "Y", "2", 0), ("a", "X", "3", 10), ("b", "X", "4", 5110)]
    matrix = Interactions(to_order_lines(make_sales(rows), 2)).purchase_matrix(half_life=60)
    assert matrix.has_canonical_format
    # fourteen years old: 0.5 ** 85 would be too small for float32 products
    assert matrix.toarray() == pytest.approx(np.array([[1e-4, 0], [1, 1e-4]]), rel=1e-6)
    assert matrix.dtype == np.float32
    recent = Interactions(to_order_lines(make_sales(rows[:3]), 2)).purchase_matrix(half_life=10)
    assert recent.toarray() == pytest.approx(np.array([[1, 0], [0, 0.5]]))


def test_an_order_contains_an_item_once():
    rows = [("a", "X", "1", 0), ("a", "X", "1", 0), ("a", "Y", "1", 0), ("a", "X", "2", 1)]
    orders = Interactions(to_order_lines(make_sales(rows), 2)).order_matrix().toarray()
    assert np.array_equal(orders, [[1, 1], [1, 0]])


def _frame(rows):
    import pandas

    return pandas.DataFrame(rows)
