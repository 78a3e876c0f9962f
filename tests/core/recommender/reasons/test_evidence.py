import numpy as np
import pytest
from scipy import sparse

from core.recommender.interactions import Interactions
from core.recommender.purchases import lines_of
from core.recommender.ranking.blend import cold_items
from core.recommender.reasons.evidence import Evidence, strongest
from core.recommender.reasons.sparse_lookup import Lookup
from core.recommender.visual_similarity import alike
from tests.support.synthetic_shops import looks, sold, tastes

# A and B are in three orders together; ann has bought A alone, long ago.
ROWS = [
    ("ann", "A", "a1", 0, "DE", ""),
    *[(f"u{n}", sku, f"o{n}", 95 + n, "GB", "SW1") for n in range(3) for sku in "AB"],
    ("bob", "C", "b1", 1, "GB", ""),
]
A, B, C, D = 0, 1, 2, 3


def evidence(looks=None) -> Evidence:
    purchases = sold(ROWS)
    skus = [*purchases.skus, "D"]
    lines = lines_of(purchases, 4)
    return Evidence(Interactions(lines), skus, looks, days=30)


def reasons(user: str, item: str, looks=None):
    found = evidence(looks)
    number = sold(ROWS).users.index(user)
    items = np.array([[found.skus.index(item)]])
    return next(found.reasons(np.array([number]), items))[0]


def test_what_was_bought_together_is_told_with_its_orders():
    assert reasons("ann", "B")[0] == {"kind": "bought_together", "with": "A", "orders": 3}


def test_what_sells_in_the_users_region_is_told_with_region_orders_and_days():
    expected = {"kind": "popular", "region": "GB", "orders": 3, "days": 30}
    assert expected in reasons("bob", "A")


def test_where_a_region_has_no_sales_the_next_larger_one_speaks():
    assert {"kind": "popular", "region": "", "orders": 3, "days": 30} in reasons("ann", "B")


def test_what_nobody_bought_is_new():
    assert reasons("ann", "D") == [{"kind": "new"}]


def test_an_item_with_nothing_else_to_say_tells_all_its_orders():
    assert reasons("ann", "C") == [{"kind": "popular", "region": "", "orders": 1, "days": 98}]


def test_looks_are_told_with_the_item_bought_and_their_cosine():
    shop = tastes(items=60)
    skus = shop.purchases.skus
    number = {sku: n for n, sku in enumerate(skus)}
    items = np.array([number[sku] for sku in shop.looks.skus])
    near = alike(shop.looks.vectors, items, len(skus))
    found = Evidence(Interactions(lines_of(shop.purchases, len(skus))), skus, near, days=30)
    vectors = dict(zip(shop.looks.skus, shop.looks.vectors, strict=True))
    told = 0
    for user in range(40):
        bought = {skus[i] for i in shop.purchases.item[shop.purchases.user == user]}
        offered = [n for n, sku in enumerate(skus) if sku not in bought][:10]
        for item, why in zip(
            offered, next(found.reasons(np.array([user]), np.array([offered]))), strict=True
        ):
            for one in why:
                if one["kind"] == "looks_like":
                    told += 1
                    assert one["with"] in bought
                    cosine = float(vectors[one["with"]] @ vectors[skus[item]])
                    assert one["similarity"] == pytest.approx(cosine, abs=1e-3)
                    assert shop.kind[one["with"]] == shop.kind[skus[item]]
    assert told > 40


# A and B are sold often; nobody has bought E, which is near A, and less near B; F is like nothing.
VECTORS = {"A": [1, 0, 0], "B": [0.6, 0.8, 0], "E": [1, 0.2, 0], "F": [0, 0, -1]}
SHOP = [
    *[(f"a{n}", "A", f"a{n}", n, "GB", "") for n in range(9)],
    *[(f"b{n}", "B", f"b{n}", n, "GB", "") for n in range(5)],
    ("zoe", "Z", "z", 3, "GB", ""),
]


def cold_evidence() -> tuple[Evidence, list[str]]:
    purchases = sold(SHOP)
    skus = [*purchases.skus, "E", "F"]
    lines = lines_of(purchases, len(skus))
    drawn = looks(list(VECTORS), list(VECTORS.values()))
    near = alike(drawn.vectors, np.array([skus.index(sku) for sku in VECTORS]), len(skus))
    sales = np.bincount(lines.item, minlength=len(skus))
    cold = cold_items(near.striking, sales, 3)
    return Evidence(Interactions(lines), skus, near, 30, cold), purchases.users


def cold_reasons(user: str, item: str):
    found, users = cold_evidence()
    wanted = np.array([[found.skus.index(item)]])
    return next(found.reasons(np.array([users.index(user)]), wanted))[0]


def cosine(one: str, other: str) -> float:
    a, b = (np.array(VECTORS[sku], float) for sku in (one, other))
    return round(float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)), 4)


def test_a_cold_item_looks_like_what_the_user_bought_of_what_its_score_comes_from():
    assert cold_reasons("a0", "E") == [
        {"kind": "looks_like", "with": "A", "similarity": pytest.approx(cosine("A", "E"), abs=1e-4)}
    ]
    bought_b = cold_reasons("b0", "E")
    assert bought_b[0]["with"] == "B"
    assert bought_b[0]["similarity"] == pytest.approx(cosine("B", "E"), abs=1e-4)


def test_a_cold_item_like_nothing_the_user_bought_tells_what_is_sold_like_it_and_how_often():
    alike_sold = {
        "kind": "looks_like",
        "with": "A",
        "similarity": pytest.approx(cosine("A", "E"), abs=1e-4),
        "orders": 9,
    }
    assert cold_reasons("zoe", "E") == [alike_sold]
    found, _ = cold_evidence()
    everywhere = np.array([found.regions.everywhere])
    item = np.array([[found.skus.index("E")]])
    assert next(found.in_regions(everywhere, item)) == [[alike_sold]]


def test_a_cold_item_that_looks_like_nothing_sold_is_new():
    assert cold_reasons("a0", "F") == [{"kind": "new"}]


def test_an_item_that_sells_does_not_say_what_else_sells_like_it():
    assert {one["kind"] for one in cold_reasons("zoe", "B")} == {"popular"}


def test_the_strongest_link_is_that_of_a_loop():
    rng = np.random.default_rng(5)
    links = rng.random((12, 12)) * (rng.random((12, 12)) < 0.5)
    bought = (rng.random((9, 12)) < 0.3).astype(float)
    bought[4] = 0
    items = rng.integers(12, size=(9, 4))
    having, most = strongest(Lookup(sparse.csr_matrix(links)), sparse.csr_matrix(bought), items)
    for user in range(9):
        for place, item in enumerate(items[user]):
            values = {had: links[had, item] for had in np.flatnonzero(bought[user])}
            assert most[user, place] == max(values.values(), default=0)
            if most[user, place]:
                assert values[having[user, place]] == most[user, place]


def test_every_pair_told_of_is_in_so_many_orders():
    shop = tastes()
    purchases = shop.purchases
    lines = lines_of(purchases, len(purchases.skus))
    found = Evidence(Interactions(lines), purchases.skus, None, days=30)
    baskets: dict[int, set[str]] = {}
    for order, item in zip(purchases.order, purchases.item, strict=True):
        baskets.setdefault(int(order), set()).add(purchases.skus[item])
    items = np.tile(np.arange(20), (5, 1))
    for row in found.reasons(np.arange(5), items):
        for item, why in enumerate(row):
            for one in [one for one in why if one["kind"] == "bought_together"]:
                pair = {one["with"], purchases.skus[item]}
                assert one["orders"] == sum(pair <= basket for basket in baskets.values())
