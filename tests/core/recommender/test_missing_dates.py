"""Sales without dates are refused, and sales of a short time are not."""

import numpy as np
import pytest

from core.errors import InvalidInput
from core.recommender.missing_dates import check_dates
from core.recommender.order_line_arrays import to_order_lines
from core.recommender.training import train_recommender
from tests.support.recommenders import SETTINGS, lists_by_user
from tests.support.synthetic_shops import make_sales

TODAY = 20_783  # days since 1970: 2026-11-26


def orders(days):
    """An order of two lines on each of these days, by fifty customers in turn."""
    return [
        (f"u{n % 50}", f"S{n % 7}-{line}", f"o{n}", TODAY + day)
        for n, day in enumerate(days)
        for line in range(2)
    ]


def check(days):
    check_dates(to_order_lines(make_sales(orders(days)), 14))


@pytest.mark.parametrize(
    "days",
    [
        np.zeros(200),
        np.linspace(0, 0.999, 300),
        np.append(np.zeros(950), np.linspace(1, 700, 50)),
        np.append(np.linspace(-180, -1, 600), np.zeros(400)),
        np.append(np.linspace(-180, -1, 600), np.linspace(0, 0.999, 400)),
    ],
    ids=["an instant", "a day", "few dates", "every third date", "a third within a day"],
)
def test_a_day_with_far_too_many_orders_is_refused(days):
    with pytest.raises(InvalidInput, match="dates of the orders are probably missing"):
        check(days)


@pytest.mark.parametrize(
    "days",
    [
        np.zeros(199),
        np.append(np.linspace(-700, -1, 100), np.zeros(199)),
        np.linspace(0, 2, 5000),
        np.repeat([0, 1, 2], 500),
        np.append(np.zeros(400), np.linspace(1, 10, 300)),
        np.append(np.linspace(0, 200, 4000), np.full(800, 100.5)),
        np.arange(300),
    ],
    ids=[
        "few orders",
        "few orders without a date",
        "two days",
        "three days without times",
        "a busy first day",
        "a sale",
        "a year",
    ],
)
def test_other_sales_are_not_refused(days):
    check(days)


def test_the_refusal_says_which_lines_are_of_one_day_and_what_to_do():
    with pytest.raises(InvalidInput) as refusal:
        train_recommender(make_sales(orders(np.zeros(300))), None, SETTINGS)
    assert refusal.value.detail.startswith(
        "600 of 600 order lines are dated between 2026-11-26 00:00 and 2026-11-26 00:00, so the "
        "dates of the orders are probably missing"
    )
    assert "allow_missing_dates" in refusal.value.detail


def test_lines_without_a_plausible_date_do_not_hide_that_the_others_have_none():
    sales = make_sales([*orders(np.zeros(300)), ("u1", "S0-0", "late", TODAY + 400)])
    with pytest.raises(InvalidInput, match="600 of 600"):
        train_recommender(sales, None, SETTINGS)


def test_orders_of_a_single_day_are_learned_from_if_the_shop_says_so():
    settings = SETTINGS.model_copy(update={"allow_missing_dates": True})
    trained = train_recommender(make_sales(orders(np.zeros(300))), None, settings)
    assert lists_by_user(trained)
    assert "recent sales could not count more" in trained.report.ignored.notes[0]
