import numpy as np
import pytest

from core.recommender.evaluation.split import holdout_days, split
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
def test_without_times_a_fifth_of_each_users_items_is_held_out(times):
    rows = [("ann", f"S{n % 10}", f"o{n}", day) for n, day in enumerate(times)]
    rows += [("bob", "S1", "p1", times[0]), ("bob", "S2", "p2", times[0])]
    rows += [("cat", "S3", "q1", times[0])]
    parts = split(to_order_lines(make_sales(rows), 10), days=1, seed=4)
    training, holdout = pairs(parts.training), pairs(parts.holdout)
    assert [sum(user == number for user, _ in holdout) for number in range(3)] == [2, 1, 0]
    assert not holdout & training
    assert len(holdout | training) == 13
    assert parts.days is None


def test_the_same_seed_holds_out_the_same_items():
    lines = lines_on([7.0] * 40)
    first, again, other = (split(lines, 1, seed).holdout.item.tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other
