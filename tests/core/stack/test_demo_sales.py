import re
from collections import Counter
from datetime import datetime

import pytest

from core.stack.demo.catalogue import make_catalogue
from core.stack.demo.shoppers import SALES_COLUMNS, SHOPPERS, STYLES, UNSOLD, make_sales

ITEMS = make_catalogue(240, seed=7)


@pytest.fixture(scope="module")
def sales():
    return [dict(zip(SALES_COLUMNS, row, strict=True)) for row in make_sales(ITEMS, seed=7)]


def test_four_hundred_shoppers_buy_about_six_thousand_items(sales):
    assert len({line["md5email"] for line in sales}) == SHOPPERS == 400
    assert 5500 < len(sales) < 6500


def test_sales_are_the_same_for_a_seed_and_others_for_another(sales):
    again = [dict(zip(SALES_COLUMNS, row, strict=True)) for row in make_sales(ITEMS, seed=7)]
    other = [dict(zip(SALES_COLUMNS, row, strict=True)) for row in make_sales(ITEMS, seed=8)]
    assert again == sales
    assert other != sales


def test_lines_are_in_order_of_time_within_half_a_year(sales):
    times = [datetime.fromisoformat(line["created_at"]) for line in sales]
    assert times == sorted(times)
    assert 175 < (times[-1] - times[0]).days < 185


def test_an_order_is_of_one_shopper_at_one_time(sales):
    orders = {}
    for line in sales:
        whole = (line["md5email"], line["zip"], line["country"], line["created_at"])
        orders.setdefault(line["order_id"], set()).add(whole)
    assert all(len(one) == 1 for one in orders.values())
    assert all(re.fullmatch(r"[0-9a-f]{32}", line["md5email"]) for line in sales)


def test_the_newest_items_are_not_sold_and_all_others_are(sales):
    sold = {line["sku"] for line in sales}
    assert sold == {item.sku for item in ITEMS[:-UNSOLD]}


def test_nobody_buys_an_item_twice(sales):
    counts = Counter((line["md5email"], line["sku"]) for line in sales)
    assert max(counts.values()) == 1


def test_shoppers_have_tastes_that_their_purchases_show(sales):
    """Half of a shopper's purchases name the style; it then holds for the other half."""
    traits = {item.sku: {item.kind, item.colour, item.pattern} for item in ITEMS}
    baskets = {}
    for line in sales:
        baskets.setdefault(line["md5email"], []).append(traits[line["sku"]])
    hits = chance = 0.0
    for basket in baskets.values():
        known, hidden = basket[::2], basket[1::2]
        style = max(STYLES, key=lambda s: fit(known, s))
        hits += fit(hidden, style)
        chance += sum(fit(hidden, other) for other in STYLES) / len(STYLES)
    assert hits > 1.6 * chance


def fit(basket, style):
    return sum(len(item & style) for item in basket)


def test_regions_have_favourites(sales):
    kinds = {item.sku: item.kind for item in ITEMS}
    hamburg, marseille = (
        [kinds[line["sku"]] for line in sales if (line["country"], line["zip"][:2]) == place]
        for place in (("DE", "20"), ("FR", "13"))
    )
    assert hamburg.count("coat") / len(hamburg) > 1.3 * marseille.count("coat") / len(marseille)
