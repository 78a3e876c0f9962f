import numpy as np
import pytest
from scipy import sparse

from core.recommender.algorithms.popularity import Popularity
from core.recommender.candidates import Variant
from core.recommender.links import baskets
from core.recommender.links.baskets import Baskets, build_baskets
from core.recommender.links.learning import learn_links
from core.recommender.links.validation import Queries, hold_out, leave_one_out
from core.recommender.options import RecommenderSettings
from core.recommender.order_line_arrays import to_order_lines
from tests.support.synthetic_shops import make_sales

POPULARITY = Variant("popularity", Popularity, {"half_life": None})
SETTINGS = RecommenderSettings()


def pairs_shop(orders, pairs=10):
    """Orders of two items that always go together."""
    rows = [
        (f"u{n}", f"{n % pairs}{side}", f"o{n}", n // 10) for n in range(orders) for side in "ab"
    ]
    return to_order_lines(make_sales(rows), 2 * pairs)


def learn(lines, settings=SETTINGS):
    return learn_links(lines, np.ones(lines.items, bool), POPULARITY, settings)


def test_the_last_orders_choose_how_links_are_weighed():
    report = learn(pairs_shop(1000)).report
    assert report.baskets == 200
    assert report.ndcg_at_10["ease"] == report.ndcg_at_10["cosine"] == 1
    assert report.ndcg_at_10["popularity"] < 0.6
    assert (report.weights, report.popularity_weight) == ("ease", 0)
    assert (report.orders, report.items, report.links) == (1000, 20, 20)


def test_with_few_orders_nothing_is_chosen():
    report = learn(pairs_shop(100)).report
    assert (report.weights, report.popularity_weight, report.ndcg_at_10) == ("ease", 0, {})


def test_items_besides_the_best_sellers_have_links_too():
    learned = learn(pairs_shop(1000), RecommenderSettings(ease_best_sellers=4))
    assert learned.report.weights == "ease"
    assert (learned.report.items, learned.report.links) == (20, 20)


def test_if_no_order_counts_there_are_no_links(monkeypatch):
    monkeypatch.setattr(baskets, "MAX_ITEMS", 1)
    assert len(learn(pairs_shop(1000)).links) == 0


def test_one_order_of_one_item_has_no_links():
    learned = learn(to_order_lines(make_sales([("ann", "A", "1", 0)]), 1))
    assert (len(learned.links), list(learned.links.rows(["A"]))) == (0, [])
    assert learned.report.orders == 1


def test_the_last_lines_are_held_out_with_all_lines_of_their_time():
    earlier, last = hold_out(pairs_shop(100), seed=0)
    assert (len(earlier), len(last)) == (180, 20)
    assert earlier.at.max() < last.at.min()


def test_without_times_a_sample_of_whole_orders_is_held_out():
    rows = [(f"u{n}", sku, f"o{n}", 0) for n in range(200) for sku in "AB"]
    earlier, last = hold_out(to_order_lines(make_sales(rows), 2), seed=0)
    assert 0 < len(last) < len(earlier)
    assert not set(earlier.order) & set(last.order)


def test_each_known_item_of_an_order_is_left_out_once():
    baskets = Baskets(sparse.csr_matrix(np.array([[1, 1, 0, 1], [0, 1, 0, 0]], np.float32)))
    queries = leave_one_out(baskets, np.array([True, True, True, False]), seed=0)
    assert queries.left_out.tolist() == [0, 1]
    assert queries.rest.toarray().tolist() == [[0, 1, 0, 0], [1, 0, 0, 0]]


def test_the_gain_of_a_basket_depends_on_the_rank_of_the_item_left_out():
    rest = sparse.csr_matrix(np.array([[1, 0, 0, 0], [1, 0, 0, 0]], np.float32))
    queries = Queries(rest, np.array([2, 3]))
    links = sparse.csr_matrix(np.array([[0, 0.5, 0.2, 0]] + [[0] * 4] * 3, np.float32))
    nothing = np.zeros(4, np.float32)
    # the first basket has its item at rank 2, the second not at all
    assert queries.ndcg(links, nothing) == pytest.approx((1 / np.log2(3) + 0) / 2)
    popularity = np.array([0, 0, 0, 0.9], np.float32)
    assert queries.ndcg(links, popularity) == pytest.approx((1 / np.log2(4) + 1) / 2)


def test_baskets_keep_the_order_of_time():
    baskets = build_baskets(pairs_shop(30))
    assert baskets.matrix[0].indices.tolist() != baskets.matrix[1].indices.tolist()
    assert baskets.sizes.tolist() == [2] * 30
