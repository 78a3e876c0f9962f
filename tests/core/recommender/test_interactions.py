import numpy as np
import pytest
from surprise import Dataset, KNNBasic, Reader

from core.recommender.algorithms.ease import Ease
from core.recommender.interactions import Interactions
from core.recommender.purchases import lines_of
from tests.support.synthetic_shops import sold, tastes


def interactions() -> Interactions:
    return Interactions(lines_of(tastes(users=30, items=24).purchases, 24))


def test_algorithms_of_surprise_take_it_for_a_training_set():
    trainset = interactions()
    rows = [(str(u), str(i), r) for u, i, r in trainset.all_ratings()]
    reference = Dataset.load_from_df(_frame(rows), Reader(rating_scale=trainset.rating_scale))
    options = {"sim_options": {"name": "msd"}, "verbose": False}
    ours = KNNBasic(**options).fit(trainset)
    theirs = KNNBasic(**options).fit(reference.build_full_trainset())
    for user, item in [(0, 1), (3, 7), (12, 5)]:
        expected = theirs.predict(str(user), str(item)).est
        assert ours.predict(user, item).est == pytest.approx(expected)


def test_any_training_set_of_surprise_can_be_learned_from():
    rows = [("ann", "A", 1.0), ("ann", "B", 1.0), ("bob", "A", 1.0)]
    trainset = Dataset.load_from_df(_frame(rows), Reader()).build_full_trainset()
    algorithm = Ease(penalty=1).fit(trainset)
    found = algorithm.predict("bob", "B", clip=False).est
    # x_B on x_A with penalty 1: 1 / (2 + 1)
    assert found == pytest.approx(1 / 3)


def test_users_and_items_are_counted_as_surprise_counts_them():
    trainset = Interactions(lines_of(sold([("a", "X", "1", 0), ("b", "X", "2", 1)]), 3))
    assert (trainset.n_users, trainset.n_items, trainset.n_ratings) == (2, 3, 2)
    assert trainset.ir[0] == [(0, 1.0), (1, 1.0)]
    assert trainset.knows_item(0)
    assert not trainset.knows_item(2)


def test_an_order_holds_an_item_once():
    rows = [("a", "X", "1", 0), ("a", "X", "1", 0), ("a", "Y", "1", 0), ("a", "X", "2", 1)]
    orders = Interactions(lines_of(sold(rows), 2)).orders().toarray()
    assert np.array_equal(orders, [[1, 1], [1, 0]])


def _frame(rows):
    import pandas

    return pandas.DataFrame(rows)
