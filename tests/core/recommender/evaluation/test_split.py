import numpy as np
import pytest

from core.recommender.evaluation.split import (
    count_returning,
    holdout_days,
    split,
    split_last_purchases,
    widened_days,
)
from core.recommender.order_line_arrays import to_order_lines
from tests.support.synthetic_shops import make_sales


def lines_on(days):
    rows = [("ann", f"S{n}", f"o{n}", day) for n, day in enumerate(days)]
    return to_order_lines(make_sales(rows), 99)


def pairs(lines):
    return set(zip(lines.user, lines.item, strict=True))


def test_the_last_days_are_held_out():
    parts = split(lines_on([0, 50, 89, 91, 100]), days=10, seed=0)
    assert parts.training.item.tolist() == [0, 1, 2]
    assert parts.holdout.item.tolist() == [3, 4]
    assert parts.days == 10


@pytest.mark.parametrize(("span", "expected"), [(20, 4), (100, 20), (150, 30), (900, 30)])
def test_a_fifth_of_the_days_is_held_out_but_no_more_than_a_month(span, expected):
    assert holdout_days(lines_on([0, span])) == expected


@pytest.mark.parametrize("times", [[5.0] * 12, [np.nan] * 12, [*[1.0] * 11, np.nan]])
def test_without_times_a_fifth_of_each_users_orders_is_held_out_as_a_whole(times):
    rows = [("ann", f"S{n}", f"o{n // 2}", day) for n, day in enumerate([*times, *times])]
    rows += [("bob", "S1", "p1", times[0]), ("bob", "S2", "p2", times[0])]
    rows += [("cat", "S3", "q1", times[0])]
    parts = split(to_order_lines(make_sales(rows), 30), days=1, seed=4)
    training, holdout = (
        set(zip(part.user, part.order, strict=True)) for part in (parts.training, parts.holdout)
    )
    assert [sum(user == number for user, _ in holdout) for number in range(3)] == [2, 1, 0]
    assert not holdout & training
    assert len(holdout | training) == 15
    assert parts.days is None


def test_without_times_a_fifth_of_the_items_of_a_single_order_is_held_out():
    rows = [("ann", f"S{n}", "o", 5.0) for n in range(12)]
    parts = split(to_order_lines(make_sales(rows), 12), days=1, seed=4)
    assert (len(parts.training), len(parts.holdout)) == (10, 2)
    assert not pairs(parts.training) & pairs(parts.holdout)


def test_the_same_seed_holds_out_the_same_items():
    lines = lines_on([7.0] * 40)
    first, again, other = (split(lines, 1, seed).holdout.item.tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_customer_returns_with_a_known_item_that_is_new_to_the_customer():
    rows = [
        ("ann", "A", "1", 0), ("bob", "B", "2", 0), ("cat", "A", "3", 0), ("dan", "A", "4", 0),
        ("ann", "B", "5", 95),  # returns
        ("bob", "B", "6", 95),  # bought nothing new: returns if repeats count
        ("cat", "C", "7", 95),  # an item that nobody bought before
        ("eve", "A", "8", 95),  # a new customer
    ]  # fmt: skip
    parts = split(to_order_lines(make_sales(rows), 3), days=10, seed=0)
    assert count_returning(parts, repeats=False) == 1
    assert count_returning(parts, repeats=True) == 2


@pytest.mark.parametrize(
    ("needed", "expected"), [(20, 20), (30, 30), (31, 45), (46, 50), (999, 50)]
)
def test_the_hold_out_is_widened_until_enough_return_or_to_a_quarter_of_all_days(needed, expected):
    days = widened_days(lines_on([0, 200]), 20, enough=lambda days: days >= needed)
    assert days == expected


def test_without_times_the_hold_out_is_not_widened():
    assert widened_days(lines_on([7.0] * 9), 0, enough=lambda _: False) == 0


def test_the_last_orders_are_held_out_or_the_last_items_of_a_single_order():
    rows = [("ann", f"S{n}", f"a{n // 2}", n) for n in range(6)]
    rows += [("bob", f"S{n}", "b", 3) for n in range(5)]
    rows += [("cy", "S0", "c", 3)]
    lines = to_order_lines(make_sales(rows), 6)
    parts, several = split_last_purchases(lines, max_users=5, seed=0)
    assert several.tolist() == [True, False, False]
    held_out = sorted(zip(parts.holdout.user.tolist(), parts.holdout.item.tolist(), strict=True))
    assert held_out == [(0, 4), (0, 5), (1, 4)]
    assert len(parts.training) + len(parts.holdout) == len(lines)


def test_last_purchases_of_so_many_users_of_each_kind_are_held_out():
    rows = [(f"u{n}", f"S{k}", f"o{n}-{k * (n % 2)}", k) for n in range(40) for k in range(3)]
    parts, several = split_last_purchases(to_order_lines(make_sales(rows), 3), 7, seed=0)
    users = np.unique(parts.holdout.user)
    assert (several[users].sum(), (~several[users]).sum()) == (7, 7)
