"""Manifests as shops send them: in any encoding and dialect, with the oddities of spreadsheets."""

import json
from pathlib import Path

import pytest

from core.errors import TooLarge, UnsupportedMediaType
from core.pipelines.ingest import manifest_rows
from core.pipelines.ingest.manifest import read_manifest

FILES = Path(__file__).parent / "files"


def read_items(data, name="items.csv"):
    manifest = read_manifest(name, data if isinstance(data, bytes) else data.encode())
    return {sku: row.attributes for sku, row in manifest.items.items()}, manifest


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("cp1252.csv", {"A-1": {"kind": "Größe"}}),
        ("sep.csv", {"A-1": {"kind": "dress", "price": "49,90"}}),
        ("short-rows.csv", {"A-1": {"kind": "dress"}, "A-2": {"kind": "shoe"}}),
        ("trailing-blank-rows.csv", {"A-1": {"kind": "dress"}}),
    ],
)
def test_manifests_of_shops_are_read_without_failures(name, items):
    attributes, manifest = read_items((FILES / name).read_bytes())
    assert (attributes, manifest.failures) == (items, [])


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp1250"])
def test_the_encoding_is_detected(codec):
    assert read_items("sku;kind\r\nA;Größe\r\n".encode(codec))[0] == {"A": {"kind": "Größe"}}


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_lines_may_be_in_any_unicode_encoding(codec):
    data = '{"sku": "A", "kind": "Größe"}\r\n'.encode(codec)
    assert read_items(data, "items.jsonl")[0] == {"A": {"kind": "Größe"}}


def test_a_guessed_code_page_is_told_with_a_word_to_check():
    (note,) = read_items("sku,kind\nA,Größe\n".encode("cp1252"))[1].notes
    assert note.startswith(
        "items.csv: the letters are not in UTF-8 and were read as windows-1252; one word then "
        "reads 'Größe'"
    )


def test_a_line_separator_of_unicode_does_not_end_a_json_line():
    line = json.dumps({"sku": "A", "text": "one\u2028two\x85three"}, ensure_ascii=False)
    assert read_items(line, "items.jsonl")[0]["A"]["text"] == "one\u2028two\x85three"


def test_title_lines_above_the_header_are_skipped_with_a_note():
    items, manifest = read_items("Stock list 2026;\n\nsku;stock\nA;5\n")
    assert items == {"A": {"stock": "5"}}
    assert manifest.notes == ["items.csv: the header is line 3; the lines above it are ignored."]


@pytest.mark.parametrize(
    "null", ["", " ", "NULL", "null", "NaN", r"\N", "#N/A", "#REF!", "undefined"]
)
def test_missing_values_are_no_values(null):
    assert read_items(f"sku,price,kind\nA,{null},hat\n")[0] == {"A": {"kind": "hat"}}


def test_decimals_in_all_skus_are_dropped_with_a_note():
    items, manifest = read_items("sku,stock\n85123.0,5\n85124.0,6\n")
    assert list(items) == ["85123", "85124"]
    assert "85123" not in read_items("sku,stock\n85123.0,5\n85124A,6\n")[0]
    assert "17850.0 is read as 17850" in manifest.notes[0]


@pytest.mark.parametrize("cell", ["02134", "'02134", '="02134"', " 02134 "])
def test_numbers_marked_as_text_keep_their_zeros(cell):
    assert read_items(f"sku,code\n{cell},{cell}\n")[0] == {"02134": {"code": "02134"}}


def test_a_cell_quoted_after_a_blank_has_no_quotes():
    assert read_items('sku, kind\n"A-1", "a hat, red"\n')[0] == {"A-1": {"kind": "a hat, red"}}


def test_columns_without_a_name_at_the_end_are_ignored_if_empty():
    items, manifest = read_items("sku;kind;;\nA;hat;;\nB;hat;;x\n")
    assert items == {"A": {"kind": "hat"}}
    assert [failure.file for failure in manifest.failures] == ["items.csv, line 3"]


def test_a_row_over_several_lines_is_named_by_its_first():
    _, manifest = read_items('sku,text\nA,"one\ntwo"\n,x\n')
    assert [failure.file for failure in manifest.failures] == ["items.csv, line 4"]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "an Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(50), "an Excel workbook"),
        (b"%PDF-1.7\n", "a PDF"),
        (b'{"sku": "A"}\n', "JSON; name the file items.jsonl"),
        (b"<html><body>", "a web page"),
    ],
)
def test_another_kind_of_file_is_named(data, what):
    with pytest.raises(UnsupportedMediaType, match=what):
        read_items(data)


@pytest.mark.parametrize(
    ("name", "row"), [("items.csv", "A{}\n"), ("items.jsonl", '{{"sku": "A{}"}}\n')]
)
def test_too_many_rows_are_refused_with_the_limit(name, row, monkeypatch):
    monkeypatch.setattr(manifest_rows, "MAX_ROWS", 3)
    rows = "".join(row.format(n) for n in range(3))
    header = "sku\n" if name == "items.csv" else ""
    assert len(read_items(header + rows, name)[0]) == 3
    with pytest.raises(TooLarge, match=f"{name} has more than 3 rows; split the manifest"):
        read_items(header + rows + row.format("x"), name)
