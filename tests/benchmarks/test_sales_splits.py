"""Splits of sales for comparing recommenders."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.support.sales_splits import Protocol, Split, read_sales
from tests.support.small_sales import sales_frame

ROWS = [
    ("ada", "mug", 1, 0),
    ("ada", "cup", 2, 1),
    ("bob", "mug", 3, 2),
    ("ada", "mug", 4, 90),
    ("ada", "pot", 4, 90),  # never sold before
    ("bob", "cup", 5, 95),
    ("cy", "cup", 6, 99),  # a new customer
]


def wanted(split: Split) -> dict[str, list[str]]:
    users = split.training["user"].cat.categories[split.users]
    skus = split.training["sku"].cat.categories
    return {
        user: skus[row.indices].tolist() for user, row in zip(users, split.relevant, strict=True)
    }


@pytest.mark.parametrize(
    ("repeats", "expected"),
    [(False, {"bob": ["cup"]}), (True, {"ada": ["mug"], "bob": ["cup"]})],
)
def test_only_known_items_of_known_customers_are_to_be_predicted(repeats, expected):
    split = Split.of(sales_frame(ROWS), Protocol.LAST_DAYS, repeats=repeats)
    assert wanted(split) == expected


def test_nothing_in_the_lines_to_learn_from_tells_of_later_lines():
    split = Split.of(sales_frame(ROWS), Protocol.LAST_DAYS, repeats=True)
    assert split.training["sku"].cat.categories.tolist() == ["cup", "mug"]
    assert split.training["user"].cat.categories.tolist() == ["ada", "bob"]
    assert len(split.training) == 3


def test_the_last_fifth_of_each_customer_is_at_least_a_line_of_several():
    rows = [("ada", f"i{n}", n, n) for n in range(11)]
    rows += [("bob", "i0", 20, 20), ("bob", "i1", 21, 21), ("cy", "i9", 22, 22)]
    rows += [("dan", "i10", 30, 30), ("dan", "i9", 31, 31), ("dan", "i10", 32, 32)]
    split = Split.of(sales_frame(rows), Protocol.LAST_FIFTH, repeats=True)
    learned = split.training.groupby("user", observed=True).size().to_dict()
    assert learned == {"ada": 9, "bob": 1, "cy": 1, "dan": 2}
    assert wanted(split) == {"ada": ["i10", "i9"], "bob": ["i1"], "dan": ["i10"]}


def test_without_times_no_last_days_are_held_out():
    sales = sales_frame(ROWS).assign(at=pd.NaT)
    sales["at"] = pd.to_datetime(sales["at"], utc=True)
    assert not len(Split.of(sales, Protocol.LAST_DAYS, repeats=True).users)
    assert wanted(Split.of(sales, Protocol.LAST_FIFTH, repeats=True)) == {"bob": ["cup"]}


def test_ndcg_and_coverage_of_lists_that_are_too_short():
    split = Split.of(sales_frame(ROWS), Protocol.LAST_DAYS, repeats=True)
    lists = np.array([[1, -1, -1], [1, 0, -1]])  # ada: mug; bob: mug, cup
    assert split.ndcg(lists) == pytest.approx([1, 1 / np.log2(3)])
    assert split.coverage(lists) == 1
    assert split.coverage(lists[:1]) == 0.5


def test_fewer_customers_are_drawn_at_random_with_their_purchases():
    split = Split.of(sales_frame(ROWS), Protocol.LAST_DAYS, repeats=True)
    drawn = split.at_most(1)
    assert wanted(drawn).items() < wanted(split).items()
    assert len(split.at_most(5).users) == 2


def test_a_sales_file_is_read_oldest_first(tmp_path):
    file = tmp_path / "sales.csv"
    file.write_text(
        "sku,md5email,order_id,country,zip,created_at\n"
        "cup,ada,A2,DE,,2026-02-01T00:00:00Z\nmug,ada,A1,DE,,2026-01-01T00:00:00Z\n"
    )
    sales = read_sales(file)
    assert sales["sku"].tolist() == ["mug", "cup"]
    assert sales["order"].tolist() == [1, 0]
