"""Which order lines training ignores, on sales whose right dates are known."""

import numpy as np
import pytest

from core.recommender.order_line_arrays import to_order_lines
from core.recommender.plausible_sales import select_plausible
from core.recommender.training import train_recommender
from core.recommender.training_report import DominantCustomer, TrainingReport
from tests.support.recommenders import SETTINGS, SMALL_SHOP, lists_by_user
from tests.support.synthetic_shops import make_sales, users_of

YEAR_2026, YEAR_2037, YEAR_1970 = 20_454, 24_472, 30  # days since 1970


def daily_orders(days, orders=10, start=YEAR_2026, shop="", lines=2):
    """Orders at equal intervals, by fifty customers in turn."""
    return [
        (f"{shop}u{n % 50}", f"{shop}S{n % 7}-{line}", f"{shop}o{n}", start + n / orders)
        for n in range(days * orders)
        for line in range(lines)
    ]


def select(rows):
    sales = make_sales(rows)
    return select_plausible(to_order_lines(sales, 999), users_of(sales))


def ignored(rows):
    """The numbers of lines that are too old, too new, and not learned from in all."""
    selected = select(rows)
    total = len(selected.all_lines) - len(selected.lines)
    return selected.ignored.too_old, selected.ignored.too_new, total


def order_on(day, user="u1"):
    return [(user, f"S0-{line}", f"late {user}", day) for line in range(2)]


def orders_from(day, count):
    """Too few in a day to make it a busy one."""
    return [line for n in range(count) for line in order_on(day + n, f"u{n}")]


@pytest.mark.parametrize("orders", [0.2, 1, 10])
def test_every_line_of_regular_sales_is_plausible(orders):
    rows = daily_orders(300, 10) if orders == 10 else daily_orders(300, 1)[:: int(2 / orders)]
    assert ignored(rows) == (0, 0, 0)


@pytest.mark.parametrize("user", ["u1", "new"])
@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (YEAR_2037, (0, 2, 2)),
        (YEAR_1970, (2, 0, 2)),
        (YEAR_2026 + 200 + 45, (0, 2, 2)),
        (YEAR_2026 - 45, (2, 0, 2)),
        (YEAR_2026 + 206, (0, 2, 2)),
        (YEAR_2026 + 203, (0, 0, 0)),
        (YEAR_2026 - 3, (0, 0, 0)),
    ],
    ids=["2037", "1970", "45 days later", "45 days earlier", "a week", "a weekend", "before"],
)
def test_a_lone_order_is_ignored_if_its_date_is_far_away(user, day, expected):
    assert ignored([*daily_orders(200), *order_on(day, user)]) == expected


def test_the_report_says_how_many_lines_were_ignored_and_from_which_day_on():
    notes = select([*daily_orders(200), *order_on(YEAR_2037), *order_on(YEAR_1970)[:1]]).ignored
    assert notes.notes == [
        "1 order line is ignored: it is dated before 2026-01-01, long before the other sales",
        "2 order lines are ignored: they are dated after 2026-07-19, long after the other sales",
    ]


def test_a_hundredth_of_random_dates_is_ignored_except_among_the_sales():
    rng = np.random.default_rng(4)
    rows = daily_orders(200, orders=50)
    wrong = rng.choice(len(rows), len(rows) // 100, replace=False)
    dates = rng.uniform(0, YEAR_2037, len(wrong))
    for row, day in zip(wrong, dates, strict=True):
        rows[row] = (*rows[row][:3], day)
    far = (dates < YEAR_2026 - 4) | (dates > YEAR_2026 + 204)
    near = ~far
    *_, total = ignored(rows)
    assert far.sum() <= total <= far.sum() + near.sum()


def test_several_orders_count_after_a_pause_that_the_shop_has_had_before():
    holidays = [*daily_orders(100), *daily_orders(100, start=YEAR_2026 + 112)]
    end = YEAR_2026 + 212
    assert ignored([*holidays, *orders_from(end + 9, 3)]) == (0, 0, 0)
    assert ignored([*holidays, *orders_from(end + 14, 3)]) == (0, 6, 6)
    assert ignored([*holidays, *orders_from(end + 11, 1)]) == (
        0,
        2,
        2,
    )  # it may be a typing mistake


def test_sales_that_continue_after_a_long_pause_count():
    pause = [*daily_orders(200), *daily_orders(7, start=YEAR_2026 + 600)]
    assert ignored(pause) == (0, 0, 0)


def test_an_old_file_of_a_second_shop_is_ignored():
    rows = [*daily_orders(400, start=YEAR_2026 - 1000, shop="old "), *daily_orders(200)]
    assert ignored([*rows, *order_on(YEAR_2037)]) == (8000, 2, 8002)


def test_earlier_seasons_of_a_seasonal_shop_count():
    rows = [row for year in range(3) for row in daily_orders(65, start=YEAR_2026 + 365 * year)]
    assert ignored(rows) == (0, 0, 0)


def test_slow_months_after_a_busy_week_count():
    busy, slow = daily_orders(7, orders=800), daily_orders(100, orders=4, start=YEAR_2026 + 7)
    assert ignored([*busy, *slow]) == (0, 0, 0)


def test_in_a_small_shop_weeks_without_an_order_are_usual():
    weekly = daily_orders(60, orders=1)
    rows = [
        (user, sku, order, YEAR_2026 + 7 * (day - YEAR_2026)) for user, sku, order, day in weekly
    ]
    assert ignored([*rows, *order_on(rows[-1][3] + 45)]) == (0, 0, 0)
    assert ignored([*rows, *order_on(rows[-1][3] + 400)]) == (0, 2, 2)


def test_with_few_orders_nothing_is_ignored():
    assert ignored([*daily_orders(18, orders=1), *order_on(YEAR_2037)]) == (0, 0, 0)


def test_one_id_for_all_orders_changes_nothing():
    rows = [(user, sku, "-", day) for user, sku, _, day in daily_orders(200)]
    assert ignored(rows) == (0, 0, 0)
    assert ignored([*rows, ("u1", "S1-0", "-", YEAR_2037)]) == (0, 1, 1)


def test_an_order_with_most_of_the_lines_is_harmless():
    rows = [("u1", f"S{n}", "all", YEAR_2026) for n in range(900)]
    assert ignored([*rows, *daily_orders(40, orders=1, lines=1)])[0] == 0


def test_sales_of_one_instant_are_plausible_and_the_report_says_what_is_lost():
    rows = [(*row[:3], YEAR_2026) for row in daily_orders(200)]
    selected = select(rows)
    assert len(selected.lines) == len(rows)
    assert "recent sales could not count more" in selected.ignored.notes[0]


def guest_orders(count, user="guest"):
    return [(user, f"S{n % 7}-0", f"g{n}", YEAR_2026 + n % 200) for n in range(count)]


def test_a_customer_with_an_implausible_share_of_all_orders_is_left_out_and_named():
    selected = select([*daily_orders(200), *guest_orders(3000)])
    assert selected.ignored.of_dominant_customers == 3000
    assert selected.ignored.customers == [
        DominantCustomer(customer="guest", orders=3000, share=0.6)
    ]
    assert len(selected.lines) == 4000


def test_a_large_customer_of_a_shop_with_few_customers_is_plausible():
    rows = [(f"u{n % 10}", "S1", f"o{n}", YEAR_2026 + n / 10) for n in range(500)]
    assert ignored([*rows, *guest_orders(200, "u1")]) == (0, 0, 0)


def test_a_loyal_customer_is_plausible():
    assert ignored([*daily_orders(200), *guest_orders(90)]) == (0, 0, 0)


def test_a_report_names_customers_by_their_pseudonyms():
    ignored = select([*daily_orders(200), *guest_orders(3000)]).ignored
    report = TrainingReport(ignored=ignored).with_pseudonyms(str.upper)
    assert [row.customer for row in report.ignored.customers] == ["GUEST"]


def test_one_late_order_changes_nobodys_list_and_its_items_still_count_as_bought():
    sales = SMALL_SHOP.purchases
    clean = train_recommender(sales, None, SETTINGS)
    first = clean.block(0, 1)[0]
    buyer, sku = first[0], first[1][0].sku
    rows = [
        (row.user, row.sku, row.order, row.at.timestamp() / 86_400) for row in sales.itertuples()
    ]
    late = train_recommender(make_sales([*rows, (buyer, sku, "late", 900)]), None, SETTINGS)
    before, after = (lists_by_user(trained) for trained in (clean, late))
    assert sku not in {row.sku for row in after.pop(buyer)}
    del before[buyer]
    assert after == before
    assert late.report.decision == clean.report.decision
    assert late.report.ignored.too_new == 1


def test_a_dominant_customer_gets_popular_items_and_changes_the_other_lists_by_chance_only():
    rows = [
        (row.user, row.sku, row.order, row.at.timestamp() / 86_400)
        for row in SMALL_SHOP.purchases.itertuples()
    ]
    guest = [("guest", f"S{n % 60:03}", f"g{n}", n % 150) for n in range(40, 700)]
    clean = train_recommender(make_sales(rows), None, SETTINGS)
    mixed = train_recommender(make_sales([*rows, *guest]), None, SETTINGS)
    before, after = (lists_by_user(trained) for trained in (clean, mixed))
    assert after.pop("guest") == []  # the guest has bought every item
    common = [
        len({row.sku for row in rows} & {row.sku for row in after[user]})
        for user, rows in before.items()
    ]
    # ALS starts from random numbers: with one user more, others are drawn
    assert np.mean(common) > 0.98 * SETTINGS.list_length
