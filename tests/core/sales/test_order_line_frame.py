import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sales.order_line_frame import read_order_lines
from core.sales.parquet_files import copy_without_user, write_order_lines
from core.sales.schema import SCHEMA
from core.sales.uncounted_rows import IS_RETURN, REPEATED, RETURNED, UncountedRows

START = datetime(2025, 1, 1, tzinfo=UTC)


def sale(user="u", sku="A", order="1", day=0.0, quantity=1, zip="1", country="DE", line=2):
    at = START + timedelta(days=day)
    return {
        "user": user, "sku": sku, "order": order, "zip": zip, "country": country,
        "at": at, "quantity": quantity, "line": line,
    }  # fmt: skip


def parquet(*rows):
    file = io.BytesIO()
    write_order_lines(file, [pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA)] if rows else [])
    return file


def merge(*uploads):
    """User, sku, day, quantity, zip and country of the merged order lines."""
    lines = read_order_lines([parquet(*rows) for rows in uploads]).lines
    return [
        (
            line.user,
            line.sku,
            (line.at - START) / timedelta(days=1),
            line.quantity,
            line.zip,
            line.country,
        )
        for line in lines.itertuples()
    ]


def bought(*uploads):
    """User, sku, day and quantity."""
    return [row[:4] for row in merge(*uploads)]


def test_the_same_upload_twice_counts_once():
    rows = [sale(), sale(sku="B"), sale(user="v")]
    assert merge(rows, rows) == merge(rows)
    assert len(merge(rows)) == 3


def test_the_same_line_counts_once_in_one_upload_and_over_several():
    assert bought([sale(), sale()], [sale()]) == [("u", "A", 0, 1)]


@pytest.mark.parametrize(
    "other", [{"user": "v"}, {"order": "2"}, {"sku": "B"}, {"day": 1 / 86_400}]
)
def test_lines_that_differ_in_user_order_sku_or_time_are_different(other):
    assert len(bought([sale()], [sale(**other)])) == 2


def test_a_line_with_several_quantities_counts_with_the_largest():
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


def test_a_return_may_be_part_of_the_order_itself_at_the_same_time():
    assert bought([sale(quantity=2), sale(quantity=-1)]) == [("u", "A", 0, 1)]
    assert bought([sale(quantity=-2)], [sale(quantity=2)]) == []


def test_a_return_takes_from_the_latest_purchases_before_it():
    rows = [sale(order=str(day), day=day, quantity=2) for day in (1, 2, 3, 9)]
    back = sale(order="r", day=5, quantity=-3)
    assert bought([*rows, back]) == [("u", "A", 1, 2), ("u", "A", 2, 1), ("u", "A", 9, 2)]


def test_a_return_of_what_was_never_bought_changes_nothing():
    rows = [sale(day=-1, quantity=-9), sale(sku="B"), sale(user="v", day=1, quantity=-9)]
    assert bought([*rows, sale()]) == [("u", "A", 0, 1), ("u", "B", 0, 1)]


def test_a_user_who_returned_everything_is_not_listed():
    rows = [sale(), sale(day=1, quantity=-1), sale("v", "B", "2", 2, zip="9")]
    lines = read_order_lines([parquet(*rows)]).lines
    listed = [list(lines[label].cat.categories) for label in ("user", "sku", "zip")]
    assert listed == [["v"], ["B"], ["9"]]
    assert lines["order"].tolist() == [0]


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
def test_the_result_is_that_of_a_simple_algorithm(uploads):
    expected = merge_piece_by_piece(row for rows in uploads for row in rows)
    assert sorted(bought(*uploads)) == sorted(expected)


def merge_piece_by_piece(rows):
    """User, sku, day and quantity."""
    quantities = {}
    for row in rows:
        key = (row["user"], row["order"], row["sku"], row["at"], row["quantity"] < 0)
        quantities[key] = max(quantities.get(key, 0), abs(row["quantity"]))
    lines = sorted(quantities, key=lambda key: (key[3], key[4], key[1]))
    pieces = []
    for key in lines:
        user, _, sku, _, is_return = key
        for _ in range(quantities[key]):
            if not is_return:
                pieces.append(key)
                continue
            open_pieces = [
                n for n, piece in enumerate(pieces) if (piece[0], piece[2]) == (user, sku)
            ]
            if open_pieces:
                del pieces[open_pieces[-1]]
    return [
        (key[0], key[2], (key[3] - START).days, pieces.count(key)) for key in set(pieces)
    ]  # fmt: skip


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(SALES, min_size=2, max_size=3))
def test_the_order_of_uploads_and_rows_does_not_matter(uploads):
    lines = read_order_lines([parquet(*rows) for rows in uploads]).lines
    reversed_lines = read_order_lines([parquet(*rows[::-1]) for rows in uploads[::-1]]).lines
    pd.testing.assert_frame_equal(lines, reversed_lines)


def test_lines_are_sorted_by_time_and_categories_by_name():
    rows = [sale(f"u{n * 7 % 10}", f"s{n * 3 % 10}", str(n), day=n * 13 % 10) for n in range(10)]
    lines = read_order_lines([parquet(*rows[:5]), parquet(*rows[5:])]).lines
    assert lines["at"].is_monotonic_increasing
    assert list(lines["user"].cat.categories) == sorted({row["user"] for row in rows})
    assert list(lines["sku"].cat.categories) == sorted({row["sku"] for row in rows})
    for label in ("user", "sku", "zip", "country"):
        assert lines[label].cat.categories.dtype == "str"  # not object: that takes much memory
    assert lines["order"].dtype == lines["quantity"].dtype == np.int32
    assert str(lines["at"].dtype) == "datetime64[us, UTC]"


def test_lines_of_one_order_have_one_number():
    lines = read_order_lines([parquet(sale(), sale(sku="B"), sale(order="2", day=1))]).lines
    assert lines["order"].tolist() == [0, 0, 1]


def test_writing_returns_the_skus_of_all_batches():
    batches = [[sale(), sale(sku="B")], [sale(day=1)]]
    skus = write_order_lines(
        io.BytesIO(), [pa.RecordBatch.from_pylist(rows, schema=SCHEMA) for rows in batches]
    )
    assert skus == {"A", "B"}


def test_a_user_is_removed_and_all_others_stay():
    before = parquet(sale(), sale("v"), sale(sku="B"), sale("uu"))
    after = io.BytesIO()
    assert copy_without_user(before, after, "u") == 2
    assert after.getvalue() == parquet(sale("v"), sale("uu")).getvalue()


def test_an_upload_is_empty_when_its_only_user_is_removed():
    after = io.BytesIO()
    assert copy_without_user(parquet(sale()), after, "u") == 1
    assert copy_without_user(after, io.BytesIO(), "u") == 0
    assert read_order_lines([after]).lines.empty


def test_the_rows_that_do_not_count_are_told_by_reason_with_their_places():
    first = [sale(line=2), sale(line=3), sale(sku="B", line=4), sale(sku="C", line=5, quantity=3)]
    cancelled = [sale(sku="D", order="9"), sale(sku="D", order="9", quantity=-1)]
    second = [
        sale(line=2),
        sale(sku="B", day=1, quantity=-1, line=3),
        sale(sku="C", day=1, quantity=-1, line=4),
        *[row | {"line": None} for row in cancelled],
    ]
    lines, uncounted = read_order_lines([
        parquet(*first), parquet(*second), parquet(sale(sku="D", order="9", line=7)),
    ])  # fmt: skip
    assert uncounted == [
        UncountedRows(REPEATED, 2, [(0, 3), (1, 2)]),
        UncountedRows(IS_RETURN, 2, [(1, 3), (1, 4)]),
        UncountedRows(RETURNED, 2, [(0, 4), (2, 7)]),
    ]
    imported = 8  # the rows that cancel an order were in no file
    assert len(lines) == imported - sum(rows.count for rows in uncounted)


@pytest.mark.parametrize("files", [[], [()], [(), ()]])
def test_without_sales_the_frame_is_empty(files):
    lines = read_order_lines([parquet(*rows) for rows in files]).lines
    assert lines.empty
    assert list(lines["user"].cat.categories) == []
