"""Cutting data sets from a sales file."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import sales_sets, small_shops
from benchmarks.support.comparison import OURS, Comparison, Measurement
from tests.support.small_sales import sales_frame


def sales_of(days, users=8):
    """Return a line a day in the columns of a sales file; every order has one line."""
    dates = pd.date_range("2025-01-01", periods=days, tz="UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
    numbers = np.arange(days)
    columns = {
        "sku": [f"i{n % 5}" for n in numbers],
        "md5email": [f"u{n % users}" for n in numbers],
        "order_id": [f"o{n}" for n in numbers],
        "country": "DE",
        "zip": "",
        "created_at": dates,
    }
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("days", "lengths"),
    [(200, []), (300, [183, 117]), (400, [183, 183]), (480, [183, 183, 114])],
)
def test_half_years_are_cut_without_a_short_rest(days, lengths):
    parts = dict(sales_sets.half_years(sales_of(days)))
    assert [len(part) for part in parts.values()] == lengths
    assert list(parts) == [f"half-year-{n + 1}" for n in range(len(lengths))]


@pytest.mark.parametrize(("percent", "once"), [(100, 100), (50, 50)])
def test_of_a_share_of_the_customers_one_order_is_kept(percent, once):
    sales = sales_sets.one_order_each(sales_of(600, users=100), percent)
    orders = sales.groupby("md5email").size()
    assert len(orders) == 100
    assert (orders == 1).sum() == pytest.approx(once, abs=15)
    assert set(orders) <= {1, 6}


def test_the_sets_are_written_as_sales_files(tmp_path, capsys):
    file = tmp_path / "shop.csv"
    sales_of(300).to_csv(file, index=False)
    sales_sets.main([str(file), str(tmp_path / "sets")])
    names = ["half-year-1", "half-year-2", "once-100", "once-90"]
    written = sorted((tmp_path / "sets").iterdir())
    assert [file.name for file in written] == [
        *(f"shop-{name}.csv.gz" for name in names),
        "shop.csv.gz",
    ]
    whole = pd.read_csv(written[-1], dtype="str", keep_default_na=False)
    pd.testing.assert_frame_equal(whole, sales_of(300).astype("str"))
    assert "shop-once-100" in capsys.readouterr().out


def test_a_small_shop_has_all_sales_to_a_few_customers():
    sales = sales_frame([(f"u{n % 9}", f"i{n}", n, n) for n in range(90)])
    shop = small_shops.few_customers(sales, 4, seed=1)
    assert shop["user"].value_counts().loc[lambda counts: counts > 0].tolist() == [10] * 4
    other = small_shops.few_customers(sales, 4, seed=2)
    assert set(shop["user"]) != set(other["user"])


def test_small_shops_are_judged_by_their_mean_and_the_draws_that_are_clearly_worse():
    def draw(*leads):
        recent = np.full(len(leads), 0.5)
        rows = {"recent": recent, OURS: recent + np.array(leads)}
        return Comparison("shop", {name: Measurement(row, 0, 0) for name, row in rows.items()})

    clearly_worse, better, unclear = draw(-0.2, -0.2, -0.19), draw(0.1, 0.2), draw(-0.3, 0.1)
    shops = small_shops.SmallShops("20 customers", [clearly_worse, better, unclear])
    assert shops.worse == 1
    leads = [-0.59 / 3, 0.15, -0.1]
    assert shops.lead.value == pytest.approx(np.mean(leads))
    assert shops.lead.error == pytest.approx(np.std(leads, ddof=1) / 3**0.5)
    assert shops.mean(OURS) == pytest.approx(0.5 + np.mean(leads))
