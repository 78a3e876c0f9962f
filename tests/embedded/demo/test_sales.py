import re
from collections import Counter
from datetime import datetime, timedelta

import pytest

from embedded.demo.assortment import make_assortment
from embedded.demo.shoppers import (
    FIRST_DAY,
    REGIONS,
    SALES_COLUMNS,
    SHOPPERS,
    STYLES,
    UNSOLD,
    make_sales,
)

GARMENTS = make_assortment(240, seed=7)


@pytest.fixture(scope="module")
def sales():
    return [dict(zip(SALES_COLUMNS, row, strict=True)) for row in make_sales(GARMENTS, seed=7)]


def test_twelve_hundred_shoppers_buy_about_seven_thousand_items(sales):
    assert len({line["md5email"] for line in sales}) == SHOPPERS == 1200
    assert 6500 < len(sales) < 8000


def test_most_shoppers_buy_little_and_some_a_lot(sales):
    lines = sorted(Counter(line["md5email"] for line in sales).values())
    assert lines[len(lines) // 2] in {4, 5}
    assert lines[-len(lines) // 20] > 12


@pytest.mark.slow
def test_the_same_seed_gives_the_same_sales_and_another_seed_others(sales):
    again = [dict(zip(SALES_COLUMNS, row, strict=True)) for row in make_sales(GARMENTS, seed=7)]
    other = [dict(zip(SALES_COLUMNS, row, strict=True)) for row in make_sales(GARMENTS, seed=8)]
    assert again == sales
    assert other != sales


def test_lines_are_ordered_by_time_and_cover_half_a_year(sales):
    times = [datetime.fromisoformat(line["created_at"]) for line in sales]
    assert times == sorted(times)
    assert 175 < (times[-1] - times[0]).days < 185


def test_an_order_has_one_shopper_and_one_time(sales):
    orders = {}
    for line in sales:
        shopper_and_time = (line["md5email"], line["zip"], line["country"], line["created_at"])
        orders.setdefault(line["order_id"], set()).add(shopper_and_time)
    assert all(len(values) == 1 for values in orders.values())
    assert all(re.fullmatch(r"[0-9a-f]{32}", line["md5email"]) for line in sales)


def test_the_newest_items_are_not_sold_and_nearly_all_others_are(sales):
    sold = {line["sku"] for line in sales}
    others = {item.sku for item in GARMENTS[:-UNSOLD]}
    assert sold <= others
    assert len(sold) > 0.95 * len(others)


def test_half_of_the_sold_garments_are_there_at_once_and_the_others_come_one_by_one(sales):
    """Of 228 garments, 114 are there at once; number 171 comes after half of the 184 days."""
    numbers = {item.sku: number for number, item in enumerate(GARMENTS)}
    middle = FIRST_DAY + timedelta(days=92)
    before = {
        numbers[line["sku"]]
        for line in sales
        if datetime.fromisoformat(line["created_at"]) < middle
    }
    assert max(before) in range(160, 171)
    assert len([number for number in before if number < 114]) > 105


def test_popularity_has_a_long_tail(sales):
    counts = sorted(Counter(line["sku"] for line in sales).values())
    best, lower_half = counts[-len(counts) // 10 :], counts[: len(counts) // 2]
    assert sum(best) > 1.25 * sum(lower_half)


def test_nobody_buys_an_item_twice(sales):
    counts = Counter((line["md5email"], line["sku"]) for line in sales)
    assert max(counts.values()) == 1


def test_shoppers_have_tastes_that_their_purchases_show(sales):
    """Guess the style from half of a shopper's purchases: it fits the other half."""
    traits = {item.sku: {item.kind, item.colour, item.pattern} for item in GARMENTS}
    baskets = {}
    for line in sales:
        baskets.setdefault(line["md5email"], []).append(traits[line["sku"]])
    hits = chance = 0.0
    for basket in baskets.values():
        visible, hidden = basket[::2], basket[1::2]
        style = max(STYLES, key=lambda s: fit(visible, s))
        hits += fit(hidden, style)
        chance += sum(fit(hidden, other) for other in STYLES) / len(STYLES)
    assert hits > 1.6 * chance


def fit(basket, style):
    return sum(len(item & style) for item in basket)


def test_regions_have_favourites(sales):
    """A region's favourites are bought there more often than elsewhere."""
    traits = {item.sku: {item.kind, item.colour} for item in GARMENTS}
    bought = {region: [] for region in REGIONS}
    for line in sales:
        home = next(
            r for r in REGIONS if (r.country, r.prefix) == (line["country"], line["zip"][:2])
        )
        bought[home].append(traits[line["sku"]])
    here = elsewhere = 0.0
    for region, own in bought.items():
        others = [item for other, items in bought.items() if other != region for item in items]
        here += fit(own, region.favourites) / len(own)
        elsewhere += fit(others, region.favourites) / len(others)
    assert here > 1.3 * elsewhere


def test_the_smallest_shop_sells_its_only_item():
    only, *_ = make_assortment(UNSOLD + 1, seed=7)
    lines = list(make_sales(make_assortment(UNSOLD + 1, seed=7), seed=7))
    assert {line[1] for line in lines} == {only.sku}
    assert len(lines) == SHOPPERS
