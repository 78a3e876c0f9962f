import numpy as np
import pytest

from core.recommender.options import RecommenderSettings
from core.recommender.order_line_arrays import to_order_lines
from core.recommender.repurchase import decide_repurchase, measure_repeats
from tests.support.synthetic_shops import make_sales

MEASURED = RecommenderSettings()


def to_lines(rows):
    sales = make_sales(rows)
    return to_order_lines(sales, len(sales["sku"].cat.categories))


def decide(rows, settings=MEASURED):
    return decide_repurchase(to_lines(rows), settings)


def grocery(customers=30):
    """Everyone buys their own milk every week, and something else that is new."""
    return [
        (f"u{user}", sku, f"{user}-{week}", 7 * week + user / 100)
        for user in range(customers)
        for week in range(4)
        for sku in (f"milk {user % 10}", f"new {user} {week}")
    ]


def bookshop(customers=30):
    """Everyone buys the next two books every week, and buys no book twice."""
    return [
        (f"u{user}", f"book {(user + 2 * week + n) % 20}", f"{user}-{week}", 7 * week + user / 100)
        for user in range(customers)
        for week in range(4)
        for n in range(2)
    ]


def test_only_items_of_earlier_orders_are_repeats():
    rows = [
        ("ann", "A", "1", 0),
        ("ann", "A", "1", 0),
        ("ann", "B", "2", 1),
        ("ann", "A", "2", 1),
        ("ann", "C", "3", 2),
        ("bob", "A", "4", 3),
        ("cat", "B", "5", 4),
        ("cat", "C", "6", 5),
    ]
    repeats = measure_repeats(to_lines(rows))
    a, b = 3 / 7, 2 / 7  # shares of the items in all orders
    assert repeats.share == pytest.approx([1 / 3, 0])  # ann and cat; bob has one order
    assert repeats.chance == pytest.approx([(a + a + (a + b)) / 3, b])


def test_the_lines_of_an_order_count_as_one_even_if_others_are_in_between():
    rows = [("ann", "A", "1", 0), ("bob", "A", "2", 1), ("ann", "B", "1", 2), ("ann", "B", "3", 3)]
    assert measure_repeats(to_lines(rows)).share == pytest.approx([1])


def test_groceries_are_recommended_again():
    report = decide(grocery())
    assert report.allowed
    assert report.measured
    assert report.customers == 30
    assert report.share == 0.5
    assert report.reason == (
        "30 customers have several orders; 50% of the items in their later orders are in an "
        "earlier one, and 6% would be by chance: earlier purchases may be recommended again"
    )


def test_books_are_not_recommended_again():
    report = decide(bookshop())
    assert not report.allowed
    assert report.share == 0
    assert report.reason.endswith("earlier purchases may not be recommended again")


def test_repeats_by_chance_are_no_habit():
    rng = np.random.default_rng(0)
    rows = [
        (f"u{user}", f"S{sku}", f"{user}-{day}", day)
        for user in range(60)
        for day in range(6)
        for sku in rng.integers(8, size=2)
    ]
    report = decide(rows)
    assert report.share > 0.3
    assert not report.allowed


def test_too_few_customers_are_no_evidence():
    assert not decide(grocery(customers=19)).allowed
    assert decide(grocery(customers=20)).allowed


@pytest.mark.parametrize(("allow", "rows"), [(False, grocery()), (True, bookshop())])
def test_a_setting_overrules_the_measurement(allow, rows):
    report = decide(rows, RecommenderSettings(allow_repurchase=allow))
    assert report.allowed == allow
    assert not report.measured
    assert report.reason.endswith(f", as set by allow_repurchase ({str(allow).lower()})")


def test_customers_with_one_order_say_nothing():
    report = decide([(f"u{user}", "A", f"o{user}", user) for user in range(30)])
    assert not report.allowed
    assert report.share is None
    assert report.reason.startswith("no customer has several orders")
