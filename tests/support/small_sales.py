"""Small sales of a few customers, as benchmarks read them."""

import numpy as np
import pandas as pd

from benchmarks.support.sales_splits import LABELS, Protocol, Split


def sales_frame(rows, start="2026-01-01"):
    """Return order lines from (user, sku, order, day), in the order of the rows."""
    sales = pd.DataFrame(rows, columns=["user", "sku", "order", "at"])
    sales["at"] = pd.Timestamp(start, tz="UTC") + pd.to_timedelta(sales["at"], unit="D")
    sales["order"] = sales["order"].astype(np.int32)
    return sales.assign(country="DE", zip="").astype(dict.fromkeys(LABELS, "category"))


def random_split(seed=0, users=7, items=9, orders=40, *, repeats=True):
    """Return a split of random sales in which everybody buys on, with items in the lines left."""
    rng = np.random.default_rng(seed)
    rows = []
    for order in range(orders):
        basket = rng.choice(items, size=rng.integers(1, 4), replace=False)
        rows += [(f"u{order % users}", f"i{item}", order, order * 2) for item in basket]
    return Split.of(sales_frame(rows), Protocol.LAST_DAYS, repeats=repeats)
