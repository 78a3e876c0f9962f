# ruff: noqa: RUF001
import csv
import io

import pytest

from core.csv_safety import escape_formula, unescape_formula

DELIMITERS = [",", ";", "\t", "|"]
FORMULA_STARTS = tuple("=+-@＝＋－＠")
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", '"=1', "＝1+1", "＋1", "－1",
    "＠x",
    'bad;=HYPERLINK("http://x.example")', "bad;\t=1", "a|-1", "a\t@x", "a;b;+1", 'a;"=1"', "a\n=1",
    "a;＝1",
    "a; =1", "'=1", "a;'=1",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_no_cell_is_a_formula_whatever_the_spreadsheet_splits_at(text, delimiter):
    file = io.StringIO(newline="")
    csv.writer(file).writerow(["ann", escape_formula(text), escape_formula(text)])
    for line in file.getvalue().splitlines():
        for cell in next(csv.reader([line], delimiter=delimiter)):
            assert not cell.strip(' "\t\r').startswith(FORMULA_STARTS)


@pytest.mark.parametrize("text", [*HOSTILE, "\tA-12\t\t5", "it's;'A", "a;-5;-6\n=1;2"])
def test_a_text_can_be_shown_as_it_was_before(text):
    assert unescape_formula(escape_formula(text)) == text


@pytest.mark.parametrize(
    "text", ["", "A-12", "2026-01-02", "a=b", "5;6", "ann@example.org", "x + y"]
)
def test_harmless_text_is_unchanged(text):
    assert escape_formula(text) == text
