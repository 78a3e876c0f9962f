import dataclasses
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sales.importer import SCHEMA
from core.sales.order_lines import read_ledger, summary, without_user, write_ledger

START = datetime(2025, 1, 1, tzinfo=UTC)


def sale(user="u", sku="A", order="1", day=0.0, quantity=1, zip="1", country="DE"):
    at = START + timedelta(days=day)
    return {
        "user": user, "sku": sku, "order": order, "zip": zip, "country": country,
        "at": at, "quantity": quantity, "line": 2,
    }  # fmt: skip


def ledger(*rows):
    file = io.BytesIO()
    write_ledger(file, [pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA)] if rows else [])
    return file


def union(*uploads):
    """All uploads together, with names in place of numbers."""
    return named(read_ledger([ledger(*rows) for rows in uploads]))


def named(sales):
    return [
        (
            sales.users[sales.user[row]],
            sales.skus[sales.item[row]],
            (sales.at[row] - START.timestamp()) / 86_400,
            sales.quantity[row],
            sales.zips[sales.zip[row]],
            sales.countries[sales.country[row]],
        )
        for row in range(len(sales.user))
    ]


def bought(*uploads):
    """User, sku, day and quantity."""
    return [row[:4] for row in union(*uploads)]


def test_the_same_upload_twice_counts_once():
    rows = [sale(), sale(sku="B"), sale(user="v")]
    assert union(rows, rows) == union(rows)
    assert len(union(rows)) == 3


def test_the_same_line_counts_once_in_one_upload_and_over_several():
    assert bought([sale(), sale()], [sale()]) == [("u", "A", 0, 1)]


@pytest.mark.parametrize(
    "other", [{"user": "v"}, {"order": "2"}, {"sku": "B"}, {"day": 1 / 86_400}]
)
def test_lines_that_differ_in_user_order_sku_or_time_are_several(other):
    assert len(bought([sale()], [sale(**other)])) == 2


def test_a_line_that_comes_with_several_quantities_counts_with_the_largest():
    for uploads in (
        ([sale(quantity=2)], [sale(quantity=5)]),
        ([sale(quantity=5), sale(quantity=2)],),
    ):
        assert bought(*uploads) == [("u", "A", 0, 5)]


def test_a_return_takes_a_purchase_away():
    assert bought([sale(), sale(sku="B"), sale(day=3, order="2", quantity=-1)]) == [
        ("u", "B", 0, 1)
    ]


def test_a_return_in_a_later_upload_takes_a_purchase_away_once():
    back = [sale(day=3, order="2", quantity=-1)]
    assert bought([sale(quantity=3)], back, back) == [("u", "A", 0, 2)]


def test_a_return_may_be_noted_in_the_order_itself_at_its_time():
    assert bought([sale(quantity=2), sale(quantity=-1)]) == [("u", "A", 0, 1)]
    assert bought([sale(quantity=-2)], [sale(quantity=2)]) == []


def test_a_return_takes_from_the_latest_purchases_before_it():
    rows = [sale(order=str(day), day=day, quantity=2) for day in (1, 2, 3, 9)]
    back = sale(order="r", day=5, quantity=-3)
    assert bought([*rows, back]) == [("u", "A", 1, 2), ("u", "A", 2, 1), ("u", "A", 9, 2)]


def test_a_return_of_what_was_never_bought_changes_nothing():
    rows = [sale(day=-1, quantity=-9), sale(sku="B"), sale(user="v", day=1, quantity=-9)]
    assert bought([*rows, sale()]) == [("u", "A", 0, 1), ("u", "B", 0, 1)]


def test_who_returned_everything_is_no_user():
    sales = read_ledger([ledger(sale(), sale(day=1, quantity=-1), sale("v", "B", "2", 2, zip="9"))])
    assert (sales.users, sales.skus, sales.zips) == (["v"], ["B"], ["9"])
    assert summary(sales).orders == 1


SALES = st.lists(
    st.builds(
        sale,
        user=st.sampled_from("uvw"),
        sku=st.sampled_from("AB"),
        order=st.sampled_from("123"),
        day=st.integers(0, 4),
        quantity=st.integers(-3, 4).filter(bool),
        zip=st.sampled_from(["", "1"]),
    ),
    max_size=25,
)


@settings(deadline=None)
@given(st.lists(SALES, max_size=3))
def test_the_union_is_what_a_simple_count_by_hand_gives(uploads):
    found = sorted(bought(*uploads))
    assert found == sorted(by_hand(row for rows in uploads for row in rows))


def by_hand(rows):
    """User, sku, day and quantity, with dicts and one piece after another."""
    most = {}
    for row in rows:
        key = (row["user"], row["order"], row["sku"], row["at"], row["quantity"] < 0)
        most[key] = max(most.get(key, 0), abs(row["quantity"]))
    lines = sorted(most, key=lambda key: (key[3], key[4], key[1]))
    pieces = []
    for key in lines:
        user, _, sku, _, is_return = key
        for _ in range(most[key]):
            if not is_return:
                pieces.append(key)
                continue
            mine = [at for at, one in enumerate(pieces) if (one[0], one[2]) == (user, sku)]
            if mine:
                del pieces[mine[-1]]
    return [
        (key[0], key[2], (key[3] - START).days, pieces.count(key)) for key in set(pieces)
    ]  # fmt: skip


@settings(deadline=None)
@given(st.lists(SALES, min_size=2, max_size=3))
def test_the_order_of_uploads_and_rows_does_not_matter(uploads):
    there = read_ledger([ledger(*rows) for rows in uploads])
    back = read_ledger([ledger(*rows[::-1]) for rows in uploads[::-1]])
    for field in dataclasses.fields(there):
        np.testing.assert_array_equal(getattr(there, field.name), getattr(back, field.name))


def test_rows_are_in_order_of_time_and_names_are_sorted():
    rows = [sale(f"u{n * 7 % 10}", f"s{n * 3 % 10}", str(n), day=n * 13 % 10) for n in range(10)]
    sales = read_ledger([ledger(*rows[:5]), ledger(*rows[5:])])
    assert list(sales.at) == sorted(sales.at)
    assert sales.users == sorted({row["user"] for row in rows})
    assert sales.skus == sorted({row["sku"] for row in rows})
    assert sales.user.dtype == sales.item.dtype == sales.order.dtype == np.int32
    assert sales.at.dtype == np.float64
    assert sales.quantity.dtype == sales.zip.dtype == sales.country.dtype == np.int32


def test_lines_of_one_order_have_one_number():
    sales = read_ledger([ledger(sale(), sale(sku="B"), sale(order="2", day=1))])
    assert sales.order.tolist() == [0, 0, 1]


def test_writing_counts_rows_and_skus():
    counts = write_ledger(
        io.BytesIO(),
        [
            pa.RecordBatch.from_pylist([sale(), sale(sku="B")], schema=SCHEMA),
            pa.RecordBatch.from_pylist([sale(day=1)], schema=SCHEMA),
        ],
    )
    assert (counts.rows, counts.skus) == (3, {"A": 2, "B": 1})


def test_a_user_is_taken_out_and_all_others_stay():
    before = ledger(sale(), sale("v"), sale(sku="B"), sale("uu"))
    after = io.BytesIO()
    assert without_user(before, after, "u") == 2
    assert after.getvalue() == ledger(sale("v"), sale("uu")).getvalue()


def test_a_ledger_may_be_empty_when_its_only_user_is_gone():
    after = io.BytesIO()
    assert without_user(ledger(sale()), after, "u") == 1
    assert without_user(after, io.BytesIO(), "u") == 0
    assert summary(read_ledger([after])).rows == 0


def test_the_summary_tells_how_much_and_when():
    rows = [sale(), sale(sku="B"), sale("v", order="2", day=2), sale("v", "B", "2", day=2)]
    found = summary(read_ledger([ledger(*rows)]))
    assert dataclasses.astuple(found) == (4, 2, 2, 2, START, START + timedelta(days=2))


@pytest.mark.parametrize("files", [[], [()], [(), ()]])
def test_without_sales_there_is_nothing(files):
    sales = read_ledger([ledger(*rows) for rows in files])
    assert dataclasses.astuple(summary(sales)) == (0, 0, 0, 0, None, None)
    assert sales.users == []
