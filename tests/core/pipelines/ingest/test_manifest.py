import pytest

from core.errors import InvalidInput
from core.pipelines.ingest.manifest import read_manifest


def test_other_columns_than_sku_and_file_are_attributes():
    row = read_manifest("items.csv", b"sku,file,colour\nA,a.jpg,red\n").row_for("a.jpg")
    assert (row.sku, row.view, row.attributes) == ("A", "main", {"colour": "red"})


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_common_separators_and_a_byte_order_mark_are_accepted(separator, bom):
    data = bom + f"file{separator}SKU\na.jpg{separator}A\n".encode()
    assert read_manifest("items.csv", data).row_for("a.jpg").sku == "A"


def test_a_column_is_numbers_only_if_all_its_values_are():
    rows = b"sku,file,price,size,code\nA,a.jpg,9.5,38,007\nB,b.jpg,10,M,010\nC,c.jpg,,40,1\n"
    manifest = read_manifest("items.csv", rows)
    assert manifest.row_for("a.jpg").attributes == {"price": 9.5, "size": "38", "code": "007"}
    assert manifest.row_for("b.jpg").attributes == {"price": 10, "size": "M", "code": "010"}
    assert manifest.row_for("c.jpg").attributes == {"size": "40", "code": "1"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["12,90", "5", "-0,5"], [12.9, 5, -0.5]),
        (["1.299,00", "1.299", "49,9"], [1299.0, 1299, 49.9]),
        (["1,234", "2,500"], ["1,234", "2,500"]),  # perhaps thousands
        (["1,234", "2,50"], [1.234, 2.5]),
        (["12,90", "about 5"], ["12,90", "about 5"]),
        (["12,90", "49.90"], ["12,90", "49.90"]),
        (["1,2,3", "4"], ["1,2,3", "4"]),
    ],
)
def test_decimal_commas_are_recognised_only_if_unambiguous(values, expected):
    rows = "".join(f"S{n};{value}\n" for n, value in enumerate(values))
    items = read_manifest("items.csv", f"sku;price\n{rows}".encode()).items
    assert [attributes["price"] for attributes in items.values()] == expected


def test_without_images_rows_of_files_apply_to_their_items():
    rows = b"sku,file,colour,kind\nA,1.jpg,red,\nA,2.jpg,,hat\nB,,blue,\n"
    manifest = read_manifest("items.csv", rows).without_files()
    assert manifest.files == {}
    assert manifest.items == {"A": {"colour": "red", "kind": "hat"}, "B": {"colour": "blue"}}


def test_several_files_of_one_sku_are_its_views():
    rows = b"sku,file,view\nA,x/1.jpg,\nA,x/2.jpg,\nA,x/3.jpg,side\n"
    manifest = read_manifest("items.csv", rows)
    assert [manifest.row_for(f"x/{n}.jpg").view for n in (1, 2, 3)] == ["main", "2", "side"]


def test_a_file_is_found_by_its_name_alone():
    assert read_manifest("items.csv", b"sku,file\nA,a.jpg\n").row_for("folder/a.jpg").sku == "A"


def test_json_lines_keep_their_types():
    line = b'{"sku": "A", "file": "a.jpg", "price": 5, "sizes": ["S"], "new": true}\n\n'
    row = read_manifest("items.jsonl", line).row_for("a.jpg")
    assert row.attributes == {"price": 5, "sizes": ["S"], "new": True}


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("items.csv", b"file,colour\na.jpg,red\n", "no column sku"),
        ("items.csv", b"", "no column sku"),
        ("items.csv", b"sku,file,file\nA,a,b\n", "duplicate column names"),
        ("items.csv", b"sku,file\nA,\xff\n", "not UTF-8"),
        ("items.csv", b'sku,file\nA,"a.jpg\n', "line"),
        ("items.jsonl", b"[1]\n", "not a JSON object"),
        ("items.jsonl", b"{nope\n", "line 1 of items.jsonl is not valid JSON"),
        ("items.jsonl", b'{"sku": "A", "file": "a", "x": NaN}\n', "not a JSON value"),
    ],
)
def test_a_malformed_manifest_is_refused(name, data, message):
    with pytest.raises(InvalidInput, match=message):
        read_manifest(name, data)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b",a.jpg,x", "the row has no sku"),
        (b"H,,x", "two rows without a file have the same SKU 'H'"),
        (b"A/B,a.jpg,x", "without '/'"),
        (b"A,a.jpg", "no sku"),
        (b"A,a.jpg,x,y", "no sku"),
        (b"A,good.jpg,x", "two rows name the same file 'good.jpg'"),
        (b"A,a.jpg," + b"x" * 20_000, "the limit is 16,384"),
    ],
)
def test_an_invalid_row_fails_alone(row, message):
    manifest = read_manifest(
        "items.csv", b"sku,file,colour\nG,good.jpg,red\nH,,red\n" + row + b"\n"
    )
    assert (manifest.row_for("good.jpg").sku, manifest.items) == ("G", {"H": {"colour": "red"}})
    (failure,) = manifest.failures
    assert message in failure.reason
    assert failure.file == "items.csv, line 4"
