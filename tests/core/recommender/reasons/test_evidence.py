import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from core.recommendations import BoughtBefore, BoughtTogether, LooksLike, New, Popular
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import to_order_lines
from core.recommender.ranking.blend import find_cold_items
from core.recommender.reasons.evidence import Evidence, strongest_links
from core.recommender.reasons.sparse_lookup import SparseLookup
from core.recommender.visual_neighbours import find_visual_neighbours
from tests.support.synthetic_shops import (
    make_embeddings,
    make_sales,
    skus_of,
    taste_shop,
    users_of,
)

# A and B are in three orders together; ann has bought A alone, long ago.
ROWS = [
    ("ann", "A", "a1", 0, "DE", ""),
    *[(f"u{n}", sku, f"o{n}", 95 + n, "GB", "SW1") for n in range(3) for sku in "AB"],
    ("bob", "C", "b1", 1, "GB", ""),
]


def reasons(user: str, sku: str):
    purchases = make_sales(ROWS)
    skus = [*skus_of(purchases), "D"]
    evidence = Evidence(Interactions(to_order_lines(purchases, 4)), skus, None, days=30)
    users, items = np.array([users_of(purchases).index(user)]), np.array([[skus.index(sku)]])
    return next(evidence.reasons(users, items))[0]


def test_items_bought_together_are_explained_with_their_orders():
    assert reasons("ann", "B")[0] == BoughtTogether("A", orders=3)


def test_an_earlier_purchase_is_explained_with_its_orders_and_the_last_date():
    rows = [("ann", "A", "1", 0), ("ann", "A", "1", 0), ("ann", "A", "2", 9), ("bob", "B", "3", 5)]
    purchases = make_sales(rows)
    evidence = Evidence(Interactions(to_order_lines(purchases, 2)), ["A", "B"], None, days=30)
    ann, bob = evidence.reasons(np.array([0, 1]), np.array([[0, 1], [0, 1]]))
    assert [row[0] for row in ann] == [BoughtBefore(2, "1970-01-10"), Popular("", 1, 10)]
    assert [row[0] for row in bob] == [Popular("", 2, 10), BoughtBefore(1, "1970-01-06")]


def test_an_earlier_purchase_without_a_time_has_no_date():
    purchases = make_sales([("ann", "A", "1", 0)])
    purchases["at"] = pd.to_datetime([None], utc=True)
    evidence = Evidence(Interactions(to_order_lines(purchases, 1)), ["A"], None, days=30)
    assert next(evidence.reasons(np.array([0]), np.array([[0]])))[0][0] == BoughtBefore(1)


def test_popular_items_are_explained_with_region_orders_and_days():
    assert Popular("GB", orders=3, days=30) in reasons("bob", "A")


def test_a_region_without_sales_uses_the_next_larger_one():
    assert Popular("", orders=3, days=30) in reasons("ann", "B")


def test_an_item_without_sales_is_new():
    assert reasons("ann", "D") == [New()]


def test_without_any_other_reason_all_orders_of_the_item_are_given():
    assert reasons("ann", "C") == [Popular("", orders=1, days=98)]


def test_lookalikes_are_explained_with_the_purchase_and_their_cosine():
    shop = taste_shop(items=60)
    skus = skus_of(shop.purchases)
    items = np.array([skus.index(sku) for sku in shop.embeddings.skus])
    neighbours = find_visual_neighbours(shop.embeddings.vectors, items, len(skus))
    interactions = Interactions(to_order_lines(shop.purchases, len(skus)))
    evidence = Evidence(interactions, skus, neighbours, days=30)
    vectors = dict(zip(shop.embeddings.skus, shop.embeddings.vectors, strict=True))
    count = 0
    for user in range(40):
        bought = set(shop.purchases.loc[shop.purchases["user"].cat.codes == user, "sku"])
        offered = [n for n, sku in enumerate(skus) if sku not in bought][:10]
        rows = next(evidence.reasons(np.array([user]), np.array([offered])))
        for item, item_reasons in zip(offered, rows, strict=True):
            for reason in item_reasons:
                if isinstance(reason, LooksLike):
                    count += 1
                    assert reason.with_sku in bought
                    cosine = float(vectors[reason.with_sku] @ vectors[skus[item]])
                    assert reason.similarity == pytest.approx(cosine, abs=1e-3)
                    assert shop.kind[reason.with_sku] == shop.kind[skus[item]]
    assert count > 40


# A and B are warm, E and F have no sales. E looks like A, and less like B; F looks like nothing.
VECTORS = {"A": [1, 0, 0], "B": [0.6, 0.8, 0], "E": [1, 0.2, 0], "F": [0, 0, -1]}
SHOP = [
    *[(f"a{n}", "A", f"a{n}", n, "GB", "") for n in range(9)],
    *[(f"b{n}", "B", f"b{n}", n, "GB", "") for n in range(5)],
    ("zoe", "Z", "z", 3, "GB", ""),
]


def cold_evidence() -> tuple[Evidence, list[str]]:
    purchases = make_sales(SHOP)
    skus = [*skus_of(purchases), "E", "F"]
    lines = to_order_lines(purchases, len(skus))
    vectors = make_embeddings(list(VECTORS), list(VECTORS.values())).vectors
    items = np.array([skus.index(sku) for sku in VECTORS])
    neighbours = find_visual_neighbours(vectors, items, len(skus))
    sales = np.bincount(lines.item, minlength=len(skus))
    cold = find_cold_items(neighbours.squared_zscore, sales, 3)
    return Evidence(Interactions(lines), skus, neighbours, 30, cold), users_of(purchases)


def cold_reasons(user: str, sku: str):
    evidence, users = cold_evidence()
    items = np.array([[evidence.skus.index(sku)]])
    return next(evidence.reasons(np.array([users.index(user)]), items))[0]


def cosine(sku: str, other: str):
    a, b = (np.array(VECTORS[name], float) for name in (sku, other))
    return pytest.approx(float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)), abs=2e-4)


def test_a_cold_item_looks_like_the_purchase_that_its_score_comes_from():
    assert cold_reasons("a0", "E") == [LooksLike("A", cosine("A", "E"))]
    reason = cold_reasons("b0", "E")[0]
    assert (reason.with_sku, reason.similarity) == ("B", cosine("B", "E"))


def test_a_cold_item_unlike_the_purchases_is_explained_by_a_warm_item_and_its_orders():
    expected = LooksLike("A", cosine("A", "E"), orders=9)
    assert cold_reasons("zoe", "E") == [expected]
    evidence, _ = cold_evidence()
    everywhere = np.array([evidence.regions.everywhere])
    item = np.array([[evidence.skus.index("E")]])
    assert next(evidence.in_regions(everywhere, item)) == [[expected]]


def test_a_cold_item_that_looks_like_no_warm_item_is_new():
    assert cold_reasons("a0", "F") == [New()]


def test_a_warm_item_is_not_explained_by_other_warm_items():
    assert {reason.kind for reason in cold_reasons("zoe", "B")} == {"popular"}


def test_the_strongest_link_is_that_of_a_loop():
    rng = np.random.default_rng(5)
    links = rng.random((12, 12)) * (rng.random((12, 12)) < 0.5)
    purchases = (rng.random((9, 12)) < 0.3).astype(float)
    purchases[4] = 0
    items = rng.integers(12, size=(9, 4))
    lookup = SparseLookup(sparse.csr_matrix(links))
    linked, strength = strongest_links(lookup, sparse.csr_matrix(purchases), items)
    for user in range(9):
        for position, item in enumerate(items[user]):
            values = {bought: links[bought, item] for bought in np.flatnonzero(purchases[user])}
            assert strength[user, position] == max(values.values(), default=0)
            if strength[user, position]:
                assert values[linked[user, position]] == strength[user, position]


def test_the_number_of_common_orders_is_exact():
    shop = taste_shop()
    purchases = shop.purchases
    skus = skus_of(purchases)
    evidence = Evidence(Interactions(to_order_lines(purchases, len(skus))), skus, None, days=30)
    baskets: dict[int, set[str]] = {}
    for order, sku in zip(purchases["order"], purchases["sku"], strict=True):
        baskets.setdefault(order, set()).add(sku)
    items = np.tile(np.arange(20), (5, 1))
    for row in evidence.reasons(np.arange(5), items):
        for item, item_reasons in enumerate(row):
            for reason in item_reasons:
                if isinstance(reason, BoughtTogether):
                    pair = {reason.with_sku, skus[item]}
                    assert reason.orders == sum(pair <= basket for basket in baskets.values())
