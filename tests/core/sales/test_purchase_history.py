import numpy as np
import pandas as pd

from core.recommendations import OrderLines, UserPurchases
from core.sales.purchase_history import MAX_ORDER_LINES, RECENT, PurchaseHistory


def make_lines(*rows):
    """Order lines of (user, sku, order, day), oldest first; the quantity is the order's number."""
    lines = pd.DataFrame(rows, columns=["user", "sku", "order", "at"])
    lines["quantity"] = lines["order"]
    lines = lines.astype({"user": "category", "sku": "category", "order": np.int32})
    lines["at"] = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(lines["at"], unit="D")
    return lines


def test_the_last_purchases_come_newest_first_and_orders_are_counted():
    rows = [("u", f"S{day}", day, day) for day in range(RECENT + 5)]
    lines = make_lines(("v", "X", 99, 0), ("v", "Y", 99, 0), *rows)
    history = PurchaseHistory(lines).of_users(["v", "u"])
    assert list(history) == ["v", "u"]
    bought, _ = history["u"]
    assert bought.orders == RECENT + 5
    assert [row.sku for row in bought.purchases] == [
        f"S{day}" for day in reversed(range(5, RECENT + 5))
    ]
    assert bought.purchases[0].at == "2025-01-25T00:00:00+00:00"
    assert history["v"].purchases.orders == 1
    assert [row.sku for row in history["v"].purchases.purchases] == ["Y", "X"]


def test_order_lines_come_newest_first_with_times_in_seconds():
    rows = [("u", "A", 7, 0), ("v", "C", 9, 0), ("u", "B", 7, 0), ("u", "A", 8, 2.5)]
    _, lines = PurchaseHistory(make_lines(*rows)).of_users(["v", "u"])["u"]
    first = 1_735_689_600  # 2025-01-01
    times = [first + 216_000, first, first]
    assert lines == OrderLines(["A", "B", "A"], times, [8, 7, 7], [8, 7, 7], complete=True)


def test_of_very_many_order_lines_the_newest_are_kept():
    rows = [("u", f"S{day}", day, day) for day in range(MAX_ORDER_LINES + 1)]
    _, all_kept = PurchaseHistory(make_lines(*rows[1:])).of_users(["u"])["u"]
    assert (len(all_kept.skus), all_kept.complete) == (MAX_ORDER_LINES, True)
    _, lines = PurchaseHistory(make_lines(*rows)).of_users(["u"])["u"]
    assert (lines.skus, lines.complete) == (all_kept.skus, False)


def test_a_user_without_purchases_has_an_empty_history():
    lines = make_lines(("u", "A", 0, 0))
    lines["user"] = lines["user"].cat.add_categories("v")
    nothing = UserPurchases(orders=0, purchases=[]), OrderLines([], [], [], [], complete=True)
    assert PurchaseHistory(lines).of_users(["v"]) == {"v": nothing}
