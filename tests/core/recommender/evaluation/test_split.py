import numpy as np
import pytest

from core.recommender.evaluation.split import split
from core.recommender.evaluation.split import test_days as days_to_test
from core.recommender.purchases import lines_of
from tests.support.synthetic_shops import sold


def lines(times):
    return lines_of(sold([("ann", f"S{n}", f"o{n}", day) for n, day in enumerate(times)]), 99)


def test_the_last_days_are_held_back():
    parts = split(lines([0, 50, 89, 91, 100]), days=10, seed=0)
    assert parts.learned.item.tolist() == [0, 1, 2]
    assert parts.held.item.tolist() == [3, 4]
    assert parts.days == 10


@pytest.mark.parametrize(("span", "expected"), [(20, 4), (100, 20), (150, 30), (900, 30)])
def test_a_fifth_of_the_days_is_held_back_but_no_more_than_a_month(span, expected):
    assert days_to_test(lines([0, span])) == expected


@pytest.mark.parametrize("times", [[5.0] * 12, [np.nan] * 12, [*[1.0] * 11, np.nan]])
def test_without_times_a_fifth_of_each_users_items_is_held_back(times):
    rows = [("ann", f"S{n % 10}", f"o{n}", day) for n, day in enumerate(times)]
    rows += [("bob", "S1", "p1", times[0]), ("bob", "S2", "p2", times[0])]
    rows += [("cat", "S3", "q1", times[0])]
    parts = split(lines_of(sold(rows), 10), days=1, seed=4)
    held = {(user, item) for user, item in zip(parts.held.user, parts.held.item, strict=True)}
    learned = {(user, i) for user, i in zip(parts.learned.user, parts.learned.item, strict=True)}
    assert [sum(user == one for user, _ in held) for one in range(3)] == [2, 1, 0]
    assert not held & learned
    assert len(held | learned) == 13
    assert parts.days is None


def test_the_same_seed_holds_back_the_same():
    alike = lines([7.0] * 40)
    first, again, other = (split(alike, 1, seed).held.item.tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other
