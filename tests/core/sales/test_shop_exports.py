"""Files as shops, databases and spreadsheets really export them; `files` holds small ones."""

import hashlib
import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.sales.date_survey import DateHints
from core.sales.dialect import find_dialect
from core.sales.file_survey import survey_file
from core.sales.importer import SalesReader
from core.sales.order_line_frame import read_order_lines
from core.sales.parquet_files import write_order_lines
from tests.support.sales_files import HEADER, line, open_reader, read, table

FILES = Path(__file__).parent / "files"
USERS = {f"u{n}" for n in range(4)}
HINTS = DateHints(now=datetime(2026, 11, 26, tzinfo=UTC))
NO_CUSTOMER = ("customer (md5email) is empty", "customer (md5email) is only a placeholder")


def read_file(name):
    """Accepted rows as dictionaries, rejected rows, and the report."""
    rejected = []
    with (FILES / name).open("rb") as file:
        dialect = find_dialect(file)
        reader = SalesReader(
            file, dialect, survey_file(file, dialect, HINTS), reject=rejected.append
        )
        rows = [row for batch in reader for row in batch.to_pylist() if row["line"]]
    return rows, rejected, reader.report


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("s05-magento-dates.csv", "2026-09-01T08:30:09", "2026-09-12T08:41:09"),
        ("s10-title-lines.csv", "2026-01-10T10:00:00", "2026-09-18T10:08:00"),
        ("s12-trailing-delimiter.csv", "2026-01-10T10:00:00", "2026-09-18T10:08:00"),
        ("s13-excel-dropped-cells.csv", "2026-01-10T10:00:00", "2026-09-18T10:08:00"),
        ("s15-nnbsp-ampm.csv", "2026-01-13T13:05:00", "2026-09-21T21:05:08"),
        ("s17-excel-serial.csv", "2025-12-09T10:30:00", "2025-12-20T10:30:00"),
        ("t01-us-form-canada-january.csv", "2026-01-01T10:00:00", "2026-01-12T10:00:00"),
        ("t04-space-quote-sku.csv", "2026-01-10T10:00:00", "2026-09-18T10:08:00"),
    ],
)
def test_all_twelve_rows_are_read(name, first, last):
    rows, rejected, report = read_file(name)
    assert (len(rows), rejected) == (12, [])
    assert {row["user"] for row in rows} == USERS
    assert {row["sku"] for row in rows} == {f"A-{n}" for n in range(6)}
    assert report.first == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert report.last == datetime.fromisoformat(last).replace(tzinfo=UTC)


def test_skipped_title_lines_are_reported():
    (assumption,) = read_file("s10-title-lines.csv")[2].assumptions
    assert assumption == "the header is line 4; the lines above it are ignored"


def test_a_shopify_export_is_read_as_it_comes():
    rows, rejected, report = read_file("s01-shopify.csv")
    assert report.columns["order_id"] == "Name"
    assert [(row["user"], row["sku"], row["quantity"], row["zip"]) for row in rows] == [
        (md5("ann@example.test"), "A-0", 3, "10115"),
        (md5("ann@example.test"), "A-1", 1, "10115"),
        (md5("ann@example.test"), "A-2", 1, "10115"),
        (md5("ann@example.test"), "A-3", 1, "10115"),
    ]
    assert report.left_out == {"refunded": 1, "voided": 1}
    assert report.left_out_lines == {"refunded": [6], "voided": [7]}
    assert sorted(row.reason for row in rejected) == [
        "customer (md5email) is empty",
        "sku is empty",
    ]


def test_in_a_woocommerce_export_the_billing_address_names_guests():
    rows, _, report = read_file("s03-woo-guest-zero.csv")
    assert report.columns["md5email"] == "billing_email"
    assert (report.columns["zip"], report.columns["quantity"]) == (
        "billing_postcode",
        "item_quantity",
    )
    assert report.left_out == {"refunded": 4}
    assert (len(rows), len({row["user"] for row in rows})) == (36, 21)


@pytest.mark.parametrize("name", ["s30-null-users.csv", "s31-md5-of-empty.csv"])
def test_guests_do_not_become_one_customer(name):
    rows, rejected, report = read_file(name)
    assert max(Counter(row["user"] for row in rows).values()) <= 10
    assert len(rows) + len(rejected) == report.rows
    assert all(row.reason.startswith(NO_CUSTOMER) for row in rejected)


def test_digests_in_capitals_are_the_same_customers():
    rows, _, _ = read_file("s32-md5-upper.csv")
    assert {row["user"] for row in rows} == {md5(f"c{n}@example.test") for n in range(4)}


def test_whole_columns_of_decimals_are_whole_numbers():
    integers, decimals = read_file("s29a-ints.csv")[0], read_file("s29b-floats.csv")[0]
    assert {row["user"] for row in decimals} == {row["user"] for row in integers}
    assert {row["sku"] for row in decimals} == {row["sku"] for row in integers}
    assert "17850.0 is read as 17850" in read_file("s29b-floats.csv")[2].assumptions[0]


def test_cancelled_orders_are_left_out_and_counted():
    rows, rejected, report = read_file("t15-cancelled-status.csv")
    assert (len(rows), rejected, report.left_out) == (6, [], {"cancelled": 6})
    assert report.rows == 12


def parquet(data):
    file = io.BytesIO()
    write_order_lines(file, open_reader(data, reject=pytest.fail))
    return file


@pytest.mark.parametrize("newest_first", [False, True])
def test_an_order_that_is_cancelled_later_is_no_sale_any_more(newest_first):
    header = (*HEADER, "status")
    paid = [line(order="1"), line(order="2"), line(order="3", sku="B")]
    days = [
        table(*[(*row, "paid") for row in paid], header=header),
        table((*paid[1], "cancelled"), (*line(order="9"), "refunded"), header=header),
    ]
    files = [parquet(day) for day in days]
    lines = read_order_lines(files[::-1] if newest_first else files).lines
    assert sorted(zip(lines["order"], lines["sku"], strict=True)) == [(0, "A"), (1, "B")]


def test_a_chinese_code_page_is_read_and_reported():
    rows, _, report = read_file("s55-gb18030.csv")
    assert {row["sku"] for row in rows} == {f"连衣裙-{n}" for n in range(6)}
    assert report.encoding == "gb18030"
    assert "'连衣裙-0'" in report.assumptions[0]


@pytest.mark.parametrize(
    "user",
    [
        "", "nan", "NaN", "NULL", "null", r"\N", "None", "#N/A", "#NV", "undefined", "guest",
        "GUEST", "Gast", "-", "--", "N/A", "<NA>", "(null)", "0", "0.0", "-1", "unknown",
        md5(""), md5("").upper(), "0x" + md5(""), md5("NULL"), md5("null"), md5("guest"), md5("0"),
        hashlib.sha256(b"").hexdigest(), hashlib.sha1(b"").hexdigest(),
        "1B2M2Y8AsgTpgAmY7PhCfg==",
    ],
)  # fmt: skip
def test_no_spelling_of_nothing_is_a_customer(user):
    rows, (rejected,), _ = read(table(line(), line(user=user)))
    assert len(rows) == 1
    assert rejected.reason.startswith(NO_CUSTOMER)


@pytest.mark.parametrize(
    "user",
    [
        "ann@example.org", " Ann@Example.org ", "Ann <ann@example.org>", "'ann@example.org'",
        md5("ann@example.org"), md5("ann@example.org").upper(),
        "0x" + md5("ann@example.org").upper(), r"\x" + md5("ann@example.org"),
        "i1pqKPyEBEG+aS10qBzNGg==",
    ],
)  # fmt: skip
def test_all_notations_of_an_address_are_one_customer(user):
    (row,), _, _ = read(table(line(user=user)))
    assert row[0] == md5("ann@example.org")


@pytest.mark.parametrize("cell", ["02134", "'02134", '="02134"', " 02134 ", "\u00a002134"])
def test_numbers_marked_as_text_keep_their_zeros(cell):
    assert read(table(line(sku=cell, zip=cell)))[0][0][1:4:2] == ("02134", "02134")


@pytest.mark.parametrize(
    ("header", "order"),
    [
        ("amazon-order-id,purchase-date,order-status,sku,quantity,ship-postal-code,ship-country,"
         "buyer-email", "1,2026-01-02T10:00:00+00:00,Shipped,A,2,10115,DE,ann@example.org"),
        ("increment_id,created_at,state,sku,qty_ordered,postcode,country,customer_email",
         '1,"Jan 2, 2026 10:00:00 AM",complete,A,2,10115,DE,ann@example.org'),
        ("id_order,date_add,id_customer,product_reference,product_quantity,postcode,country,email",
         "1,2026-01-02 10:00:00,7,A,2,10115,DE,ann@example.org"),
        ("Bestellnummer;Bestelldatum;Artikelnummer;Menge;PLZ;Land;E-Mail;Bestellstatus",
         "1;02.01.2026 10:00;A;2;10115;DE;ann@example.org;Bezahlt"),
        ("Sale Date|Order ID|SKU|Quantity|Ship Zipcode|Ship Country|Buyer Email|",
         "2 Jan 2026 10:00|1|A|2|10115|DE|ann@example.org|"),
    ],
)  # fmt: skip
def test_exports_of_other_shops_are_read_as_they_come(header, order):
    (row,), rejected, report = read(f"{header}\r\n{order}\r\n")
    assert row == (
        md5("ann@example.org"), "A", "1", "10115", "DE", datetime(2026, 1, 2, 10, tzinfo=UTC), 2, 2,
    )  # fmt: skip
    assert (rejected, report["left_out"]) == ([], {})


@pytest.mark.parametrize(
    ("status", "is_sale"),
    [
        ("completed", True), ("wc-completed", True), ("partially_refunded", True), ("paid", True),
        ("Teilweise erstattet", True), ("Canceled Reversal", True), ("", True), ("pending", True),
        ("not refunded", True), ("CA", True),
        ("cancelled", False), ("Canceled", False), ("wc-cancelled", False), ("refunded", False),
        ("voided", False), ("Payment failed", False), ("Storniert", False), ("Annulée", False),
        ("Remboursé", False), ("CANCELLED BY CUSTOMER", False), ("trash", False),
    ],
)  # fmt: skip
def test_the_status_tells_whether_an_order_is_a_sale(status, is_sale):
    data = table((*line(), status), header=(*HEADER, "Order Status"))
    rows, rejected, report = read(data)
    assert (len(rows), rejected) == (is_sale, [])
    assert report["left_out"] == ({} if is_sale else {status.casefold(): 1})


@pytest.mark.parametrize(("cell", "is_sale"), [("", True), ("0", True), ("No", True),
                                               ("2026-01-02", False), ("true", False)])  # fmt: skip
def test_a_column_about_the_cancellation_holds_its_time_or_a_truth_value(cell, is_sale):
    report = read(table((*line(), cell), header=(*HEADER, "Cancelled at")))[2]
    assert report["left_out"] == ({} if is_sale else {"cancelled at": 1})


def test_rows_of_an_order_inherit_what_only_its_first_row_has():
    header = (*HEADER, "status")
    rows = [
        (*line("u1", "A", "1"), "refunded"), (*line("u1", "B", "1", "", ""), ""),
        (*line("u2", "A", "2"), "paid"), (*line("u2", "B", "2", "", ""), ""),
        (*line("u2", "C", "3", "", ""), ""),
    ]  # fmt: skip
    accepted, rejected, report = read(table(*rows, header=header))
    assert [row[:5] for row in accepted] == [
        ("u2", "A", "2", "20095", "DE"),
        ("u2", "B", "2", "20095", "DE"),
        ("u2", "C", "3", "", ""),
    ]
    assert (rejected, report["left_out"]) == ([], {"refunded": 2})


def test_a_column_with_one_other_value_keeps_its_decimals():
    rows, _, report = read(table(line(sku="1.0"), line(sku="2.0"), line(sku="2.1")))
    assert [row[1] for row in rows] == ["1.0", "2.0", "2.1"]
    assert report["assumptions"] == []


def test_missing_values_do_not_hide_that_a_column_has_decimals():
    rows, rejected, _ = read(table(line(user="17850.0"), line(user=""), line(user="17851,0")))
    assert [row[0] for row in rows] == ["17850", "17851"]
    assert len(rejected) == 1


@pytest.mark.parametrize("end", ["", ",,,,,", ";", " , ,", '"",""'])
def test_rows_without_text_are_no_rows(end):
    data = table(line(), end="\n") + f"{end}\n{end}\n"
    rows, rejected, report = read(data)
    assert (len(rows), rejected, report["rows"]) == ((1, [], 1) if end != ";" else (1, rejected, 3))


def test_a_stated_encoding_is_used_without_a_word():
    data = table(line(country="Győr")).encode("windows-1250")
    file = io.BytesIO(data)
    dialect = find_dialect(file, encoding="windows-1250")
    reader = SalesReader(file, dialect, survey_file(file, dialect), reject=pytest.fail)
    assert [batch["country"].to_pylist() for batch in reader] == [["Győr"]]
    assert reader.report.assumptions == []


def test_an_assumed_order_of_day_and_month_is_reported():
    assumption = read(table(line(at="01/02/2025")))[2]["assumptions"][0]
    assert assumption.startswith("dates: day first, assumed: no date shows which number is the day")
    assert read(table(line(at="31/12/2024")))[2]["assumptions"] == []
