from collections import Counter, defaultdict

import numpy as np

from core.recommendations import Popular
from core.recommender.order_line_arrays import to_order_lines
from core.recommender.ranking.best_sellers import best_sellers
from core.recommender.regions import regions_of
from tests.support.synthetic_shops import make_sales, skus_of

SKUS = [f"S{n:02}" for n in range(30)]


def random_rows():
    """Order lines of 60 days; some orders contain an item twice."""
    rng = np.random.default_rng(5)
    rows = []
    for n in range(400):
        country, zip = [("GB", "SW1"), ("GB", "M1"), ("DE", "20095")][rng.integers(3)]
        for sku in rng.choice(rng.integers(0, 30, 40), 4):
            rows.append((f"u{n}", SKUS[sku], f"o{n}", n * 60 / 399, country, zip))
    return [*rows, *(("all", sku, "all", 0, "GB", "SW1") for sku in SKUS)]


def counted(rows, days):
    """The orders of each item by region, counted one by one."""
    newest, orders = max(row[3] for row in rows), defaultdict(set)
    for user, sku, order, day, country, zip in rows:
        if newest - day < days:
            for region in regions_of(country, zip):
                orders[region].add((user, order, sku))
    return {
        region: (len({order for _, order, _ in sold}), Counter(sku for _, _, sku in sold))
        for region, sold in orders.items()
    }


def test_best_sellers_are_those_that_counting_one_by_one_finds():
    rows = random_rows()
    sales = make_sales(rows)
    skus, lines = skus_of(sales), to_order_lines(sales, 30)
    allowed = np.array([int(sku[1:]) % 5 > 0 for sku in skus])
    for days in (7, 30, 90):
        sellers = dict(best_sellers(lines, skus, allowed, days, min_orders=20, length=8))
        expected = {}
        for region, (orders, by_sku) in counted(rows, days).items():
            if orders >= 20 or not region:
                ranked = sorted((-n, sku) for sku, n in by_sku.items() if int(sku[1:]) % 5)
                expected[region] = [(sku, -n) for n, sku in ranked[:8]]
        assert {
            r: [(row.sku, row.score) for row in items] for r, items in sellers.items()
        } == expected
        assert sellers[""][0].reasons == [Popular("", int(sellers[""][0].score), days)]


def test_sales_without_times_have_no_best_sellers_of_the_last_days():
    lines = to_order_lines(make_sales([("ann", "A", "1", 0), ("bob", "A", "2", 0)]), 1)
    allowed = np.array([True])
    assert dict(best_sellers(lines, ["A"], allowed, 7, min_orders=1, length=8)) == {"": []}
