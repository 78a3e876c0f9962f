import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from core.archives import decompression
from core.errors import InvalidInput, TooLarge
from core.sales.dialect import find_dialect
from core.sales.file_survey import survey_file
from core.sales.importer import SalesReader
from core.sales.schema import SCHEMA
from core.tables.rows import BLOCK_LENGTH, LINE_LENGTH
from tests.support.sales_files import DAY, HEADER, compressed, line, open_reader, read, table

AT = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)
WITH_NOTE = (*HEADER, "note")
NOTE = "x" * 4000
BLOCK_ROWS = BLOCK_LENGTH // len(NOTE)  # more rows with a note than fit into a block
WITH_QUANTITY = (*HEADER, "quantity")


def rejected(*rows, header=HEADER):
    """The lines of the rejected rows and the reasons."""
    return [(row.line, row.reason) for row in read(table(*rows, header=header))[1]]


def test_cells_are_read_unchanged():
    data = table(line("u1", "A-1", "o1", "01067", "DE"), line("X'", "007", "1e5", "NA", "NA"))
    rows, rejects, _ = read(data)
    assert rows == [
        ("u1", "A-1", "o1", "01067", "DE", AT, 1, 2),
        ("X'", "007", "1e5", "", "NA", AT, 1, 3),
    ]
    assert not rejects


def test_batches_have_the_schema_of_the_parquet_file():
    (batch,) = open_reader(table(line()), reject=pytest.fail)
    assert batch.schema == SCHEMA


def test_cells_are_stripped_and_in_one_unicode_form():
    (row,), _, _ = read(table(line(" u ", "Cafe\u0301", "\t1", "\u00a02 ", " U\u0308 ")))
    assert row[:5] == ("u", "Café", "1", "2", "Ü")


def test_zip_and_country_may_be_empty():
    assert [row[3:5] for row in read(table(line(zip="", country=" ")))[0]] == [("", "")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (line(user=""), "customer (md5email) is empty"),
        (line(sku=" "), "sku is empty"),
        (line(order=""), "order (order_id) is empty"),
        (line(sku=".."), "SKU '..': a part between slashes must not be empty"),
        (line(sku="a/./b"), "SKU 'a/./b': a part between slashes must not be empty"),
        (line(user="."), "user '.': a part between slashes must not be empty"),
        (line(user="a//b"), "user 'a//b': a part between slashes must not be empty"),
        (line(user="a/recommendations"), "user 'a/recommendations': the part after the last"),
        (line(user="x" * 129), "customer (md5email) has more than 128 characters"),
        (line(sku="x" * 129), "sku has more than 128 characters"),
        (line(order="x" * 129), "order (order_id) has more than 128 characters"),
        (line(zip="x" * 129), "postcode (zip) has more than 128 characters"),
        (line(country="x" * 129), "country has more than 128 characters"),
        (line(user="a\0b"), "customer (md5email) contains unprintable characters"),
        (line(sku="a\u200bb"), "sku contains unprintable characters"),
        (line(zip="1\n2"), "postcode (zip) contains unprintable characters"),
        (line(at="yesterday"), "date (created_at) is not a date in the format of the other rows"),
        (line(at="1989-12-31"), "date (created_at) is before 1990"),
        (line(at="9999-12-31"), "date (created_at) is in the future"),
        (line(at="01/02/03"), "date (created_at) has a year with only two digits"),
        (line()[:5], "date (created_at) is empty"),
        ((*line(), "x"), "the row has more fields than the header"),
        (("", "A"), "customer (md5email) is empty"),
        (line(sku="4.00638E+12"), "sku was rounded by a spreadsheet; export the column as text"),
        (
            line(order="1,5E+05"),
            "order (order_id) was rounded by a spreadsheet; export the column as text",
        ),
        (line(sku="#N/A"), "sku is empty: #N/A"),
        (line(order="NULL"), "order (order_id) is empty: NULL"),
        (line(user="a@b.c; d@e.f"), "customer (md5email) contains more than one e-mail address"),
    ],
)
def test_an_invalid_row_is_rejected_with_its_line_and_reason(row, reason):
    ((number, text),) = rejected(line(), row, line())
    assert (number, text[: len(reason)]) == (3, reason)


def test_labels_may_have_128_characters():
    assert not rejected(line(*["x" * 128] * 5))


def test_a_row_with_several_faults_is_rejected_once_for_the_first():
    assert rejected(line(user="", sku="", at="")) == [(2, "customer (md5email) is empty")]


def test_a_sale_up_to_a_day_ahead_is_accepted_as_clocks_differ():
    soon, later = (datetime.now(UTC) + timedelta(hours=hours) for hours in (14, 30))
    assert not rejected(line(at=soon.isoformat()))
    assert rejected(line(at=later.isoformat())) == [(2, "date (created_at) is in the future")]


def test_rows_with_an_extra_field_are_rejected_rather_than_shifted():
    accepted, rejects, _ = read(table(*[("extra", *line())] * 3))
    assert not accepted
    assert len(rejects) == 3


def test_the_text_of_a_rejected_row_is_as_in_the_file_and_cut():
    data = ",".join(HEADER) + '\n"u ""1""",,1,,,2025-01-01\n' + "y" * 500 + "\n"
    texts = [row.text for row in read(data)[1]]
    assert texts == ['"u ""1""",,1,,,2025-01-01', "y" * 200]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_read_and_empty_lines_count_but_are_no_rows(end):
    data = end.join([",".join(HEADER), "", ",".join(line()), "", "", ",".join(line(sku=""))])
    accepted, rejects, report = read(data)
    assert [row[-1] for row in accepted] == [3]
    assert [row.line for row in rejects] == [6]
    assert report["rows"] == 2


def test_a_row_over_several_lines_has_the_number_of_its_first():
    data = table((*line(), "a\nb\n\nc"), (*line(sku=""), "x\ny"), (*line(), ""), header=WITH_NOTE)
    accepted, rejects, _ = read(data)
    assert [row[-1] for row in accepted] == [2, 8]
    assert [row.line for row in rejects] == [6]


@pytest.mark.parametrize("broken", ['u,"A,1,,,2025-01-01', '"u"x,A,1,,,2025-01-01', 'u,"5"" pipe,'])
def test_a_stray_quote_rejects_only_its_own_row(broken):
    good = [",".join(line(order=str(n))) for n in range(500)]
    data = "\n".join([",".join(HEADER), *good[:250], broken, *good[250:]])
    accepted, rejects, _ = read(data)
    assert [row[2] for row in accepted] == [str(n) for n in range(500)]
    assert [(row.line, row.text) for row in rejects] == [(252, broken)]
    assert "quote" in rejects[0].reason


def test_stray_quotes_in_many_rows_reject_only_these():
    rows = [f'u,"A{n},1,,,2025-01-01' if n % 7 == 0 else ",".join(line()) for n in range(700)]
    accepted, rejects, _ = read("\n".join([",".join(HEADER), *rows]))
    assert (len(accepted), len(rejects)) == (600, 100)
    assert [row[-1] for row in accepted] == [n + 2 for n in range(700) if n % 7]


def test_thousands_of_unclosed_quotes_are_read_in_bounded_time():
    rows = ['x","'] * 3000
    accepted, rejects, _ = read("\n".join([",".join(HEADER), *rows, ",".join(line())]))
    assert len(accepted) == 1
    assert len(rejects) == 3000


def test_a_line_without_end_is_too_large():
    with pytest.raises(TooLarge, match="line 3"):
        read(table(line(), end="\n") + "x" * (LINE_LENGTH + 1))


def test_a_huge_field_rejects_only_its_own_row():
    data = table((*line(), "x" * 200_000), (*line(), ""), header=WITH_NOTE)
    accepted, rejects, _ = read(data)
    assert [row[-1] for row in accepted] == [3]
    assert [row.line for row in rejects] == [2]


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("1", 1),
        (" 3 ", 3),
        ("-2", -2),
        ("+4", 4),
        ("5.0", 5),
        ("6,00", 6),
        ("2.0000", 2),
        ("2147483647", 2**31 - 1),
    ],
)
def test_a_quantity_is_a_whole_number(text, quantity):
    rows, _, report = read(table((*line(), text), header=WITH_QUANTITY))
    assert [row[6] for row in rows] == [quantity]
    assert report["returns"] == (quantity < 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0", "quantity is 0"),
        ("-0.0", "quantity is 0"),
        ("", "quantity is not a whole number"),
        ("1.5", "quantity is not a whole number"),
        (
            "1,000",
            "quantity is ambiguous: it has either a thousands separator or three decimal places",
        ),
        (
            "12.000",
            "quantity is ambiguous: it has either a thousands separator or three decimal places",
        ),
        ("two", "quantity is not a whole number"),
        ("1e3", "quantity is not a whole number"),
        ("NaN", "quantity is not a whole number"),
        ("٣", "quantity is not a whole number"),
        ("2147483648", "quantity is too large"),
    ],
)
def test_an_invalid_quantity_is_rejected(text, reason):
    assert rejected((*line(), text), header=WITH_QUANTITY) == [(2, reason)]


def test_dates_are_read_in_one_format_over_the_whole_file():
    early = [(*line(at="01/02/2025"), NOTE)] * BLOCK_ROWS
    rows, _, report = read(table(*early, (*line(at="31/12/2024"), ""), header=WITH_NOTE))
    assert {row[5] for row in rows[:-1]} == {datetime(2025, 2, 1, tzinfo=UTC)}
    assert report["date_format"].startswith(f"day first: line {BLOCK_ROWS + 2} has 31/12/2024")


def test_the_report_describes_the_file_and_counts_its_rows():
    rows = [
        line(at="2025-01-02"), line(at="2024-12-31T23:00:00-05:00"),
        line(sku=""), line(sku=""), line(at=""), line()[:3],
    ]  # fmt: skip
    report = read(compressed(table(*rows, delimiter=";").encode("utf-8-sig"), "gzip"))[2]
    assert report == {
        "compression": "gzip",
        "encoding": "utf-8-sig",
        "delimiter": "semicolon",
        "columns": {name: name for name in HEADER},
        "ignored_columns": [],
        "date_format": "year first (ISO 8601); UTC where no zone is given",
        "date_order": None,
        "assumptions": [],
        "rows": 6,
        "accepted": 2,
        "rejected": 4,
        "reasons": {
            "sku is empty": 2,
            "date (created_at) is empty": 2,
        },
        "left_out": {},
        "left_out_lines": {},
        "returns": 0,
        "first": "2025-01-01T04:00:00Z",
        "last": "2025-01-02T00:00:00Z",
        "unknown_skus": None,
        "unknown_examples": [],
    }


def test_a_file_of_a_header_alone_has_no_rows():
    rows, rejects, report = read(table())
    assert not rows
    assert not rejects
    assert (report["rows"], report["first"]) == (0, None)


def test_invalid_rows_and_only_they_are_rejected_over_several_blocks():
    bad = {n for n in range(3 * BLOCK_ROWS) if n % 97 == 0}
    rows = [
        (*line(sku="" if n in bad else f"s{n % 50}", order=str(n)), NOTE)
        for n in range(3 * BLOCK_ROWS)
    ]
    accepted, rejects, _ = read(table(*rows, header=WITH_NOTE))
    assert [row.line for row in rejects] == sorted(n + 2 for n in bad)
    assert [row[2] for row in accepted] == [str(n) for n in range(3 * BLOCK_ROWS) if n not in bad]


def test_rows_of_several_lines_are_whole_across_block_boundaries():
    notes = [(NOTE[: 37 * n % 4000] + "\n") * (n % 5) for n in range(2 * BLOCK_ROWS)]
    rows = [(*line(order=str(n)), note) for n, note in enumerate(notes)]
    accepted, rejects, _ = read(table(*rows, header=WITH_NOTE, end="\n"))
    assert not rejects
    assert [row[2] for row in accepted] == [str(n) for n in range(2 * BLOCK_ROWS)]
    assert accepted[-1][-1] == len(rows) + 1 + sum(note.count("\n") for note in notes[:-1])


def test_the_file_stays_open_if_reading_stops_early():
    file = io.BytesIO(table(*[(*line(), NOTE)] * (2 * BLOCK_ROWS), header=WITH_NOTE).encode())
    dialect = find_dialect(file)
    for _ in SalesReader(file, dialect, survey_file(file, dialect), reject=pytest.fail):
        break
    assert not file.closed


def test_a_gzip_bomb_is_stopped_while_it_is_read(monkeypatch):
    data = compressed(table(*[line()] * 50_000).encode(), "gzip")
    file = io.BytesIO(data)
    dialect = find_dialect(file)
    survey = survey_file(file, dialect)
    monkeypatch.setattr(decompression, "MAX_UNPACKED_BYTES", 1_500_000)
    with pytest.raises(TooLarge, match="1,500,000 bytes"):
        survey_file(file, dialect)
    with pytest.raises(TooLarge, match="1,500,000 bytes"):
        list(SalesReader(file, dialect, survey, reject=pytest.fail))


def test_a_gzip_damaged_near_its_end_is_rejected_before_any_row():
    text = table(*[line(order=str(n * n)) for n in range(200_000)]).encode()
    data = bytearray(compressed(text, "gzip"))
    data[-6] ^= 1  # of the checksum
    file = io.BytesIO(data)
    with pytest.raises(InvalidInput, match="damaged"):
        survey_file(file, find_dialect(file))


def test_a_spreadsheet_export_is_read():
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    rows.writerows([
        [name.upper() for name in HEADER],
        line(at="31.12.2024 10:00", country="Österreich"),
    ])
    (row,), _, _ = read(("sep=;\r\n" + text.getvalue()).encode("windows-1252"))
    assert row[4:6] == ("Österreich", datetime(2024, 12, 31, 10, tzinfo=UTC))


def test_a_repeated_row_is_read_twice():
    """Merging the uploads removes it."""
    assert len(read(table(line(at=DAY), line(at=DAY)))[0]) == 2
