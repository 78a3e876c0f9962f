import numpy as np
import pandas as pd

from core.recommendations import UserPurchases
from core.sales.purchase_history import RECENT, PurchaseHistory


def make_lines(*rows):
    """Order lines of (user, sku, order, day), oldest first."""
    lines = pd.DataFrame(rows, columns=["user", "sku", "order", "at"])
    lines = lines.astype({"user": "category", "sku": "category", "order": np.int32})
    lines["at"] = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(lines["at"], unit="D")
    return lines


def test_the_last_purchases_come_newest_first_and_orders_are_counted():
    rows = [("u", f"S{day}", day, day) for day in range(RECENT + 5)]
    lines = make_lines(("v", "X", 99, 0), ("v", "Y", 99, 0), *rows)
    history = PurchaseHistory(lines).of_users(["v", "u"])
    assert list(history) == ["v", "u"]
    assert history["u"].orders == RECENT + 5
    assert [row.sku for row in history["u"].purchases] == [
        f"S{day}" for day in reversed(range(5, RECENT + 5))
    ]
    assert history["u"].purchases[0].at == "2025-01-25T00:00:00+00:00"
    assert history["v"].orders == 1
    assert [row.sku for row in history["v"].purchases] == ["Y", "X"]


def test_a_user_without_purchases_has_an_empty_history():
    lines = make_lines(("u", "A", 0, 0))
    lines["user"] = lines["user"].cat.add_categories("v")
    assert PurchaseHistory(lines).of_users(["v"]) == {"v": UserPurchases(orders=0, purchases=[])}
