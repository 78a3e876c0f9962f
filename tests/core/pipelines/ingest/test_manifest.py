import pytest

from core.attributes import extend_types
from core.errors import InvalidInput, TooLarge
from core.pipelines.ingest.attribute_values import read_values, values_of
from core.pipelines.ingest.manifest import read_manifest


def read(name, data, types=None):
    """Read a manifest and its values as an import into a collection with these types does."""
    manifest = read_manifest(name, data)
    return read_values(manifest, extend_types(types or {}, values_of(manifest)))


def attributes_of(rows):
    """The attributes of some rows by SKU or file."""
    return {key: row.attributes for key, row in rows.items()}


def test_other_columns_than_sku_and_file_are_attributes():
    row = read_manifest("items.csv", b"sku,file,colour\nA,a.jpg,red\n").row_for("a.jpg")
    assert (row.sku, row.view, row.attributes) == ("A", "main", {"colour": "red"})


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_common_separators_and_a_byte_order_mark_are_accepted(separator, bom):
    data = bom + f"file{separator}SKU\na.jpg{separator}A\n".encode()
    assert read_manifest("items.csv", data).row_for("a.jpg").sku == "A"


def test_the_values_of_new_attributes_have_the_types_of_their_columns():
    rows = b"sku,file,price,size,code,new\nA,a,9.5,38,007,TRUE\nB,b,10,M,010,false\nC,c,,40,1,\n"
    manifest = read("items.csv", rows)
    assert attributes_of(manifest.files) == {
        "a": {"price": 9.5, "size": "38", "code": "007", "new": True},
        "b": {"price": 10, "size": "M", "code": "010", "new": False},
        "c": {"size": "40", "code": "1"},
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["12,90", "5", "-0,5"], [12.9, 5, -0.5]),
        (["1.299,00", "1.299", "49,9"], [1299.0, 1299, 49.9]),
        (["1,299.00", "1,299", "49.9"], [1299.0, 1299, 49.9]),
        (["1,234", "2,50"], [1.234, 2.5]),
        (["12,90", "49.90"], [12.9, 49.9]),
        (["1 299,00", "1\u202f299", "12'000"], [1299.0, 1299, 12000]),
        (["12,90", "about 5"], ["12,90", "about 5"]),
        (["1,2,3", "x"], ["1,2,3", "x"]),
    ],
)
def test_numbers_of_a_column_are_read_with_its_decimal_sign(values, expected):
    rows = "".join(f"S{n};{value}\n" for n, value in enumerate(values))
    items = read("items.csv", f"sku;price\n{rows}".encode()).items
    assert [row.attributes["price"] for row in items.values()] == expected


@pytest.mark.parametrize(
    ("values", "failed"),
    [
        (["49", "49.90", "5", "n/a"], "'n/a' is not a number"),
        (["49", "50", "5", "1,234"], "'1,234' may mean 1234 or 1.234"),
        (["1,5", "1.5", "5", "1.234"], "'1.234' may mean 1.234 or 1234"),
        (["true", "true", "false", "soon"], "'soon' is neither true nor false"),
    ],
)
def test_one_odd_value_fails_its_row_and_leaves_the_others_their_type(values, failed):
    rows = "".join(f"S{n};{value}\n" for n, value in enumerate(values))
    manifest = read("items.csv", f"sku;price\n{rows}".encode())
    assert list(manifest.items) == ["S0", "S1", "S2"]
    (failure,) = manifest.failures
    assert (failure.file, failure.sku) == ("items.csv, line 5", "S3")
    assert failed in failure.reason


def test_values_are_read_by_the_types_that_the_collection_has():
    types = extend_types({}, {"price": [1], "size": ["M"], "new": [True], "tags": [["a"]]})
    csv = b"sku;price;size;new;tags\nA;67,90;36;yes;red|blue\nB;soon;36;1;red\n"
    manifest = read("items.csv", csv, types)
    assert attributes_of(manifest.items) == {
        "A": {"price": 67.9, "size": "36", "new": True, "tags": ["red", "blue"]}
    }
    assert [failure.sku for failure in manifest.failures] == ["B"]
    lines = b'{"sku": "A", "price": "67,90", "size": 36, "new": "true", "tags": "red", "age": null}'
    assert attributes_of(read("items.jsonl", lines, types).items) == {
        "A": {"price": 67.9, "size": "36", "new": True, "tags": ["red"], "age": None}
    }


def test_the_file_of_a_row_with_an_odd_value_is_rejected():
    rows = b"sku,file,price\nA,a.jpg,5\nB,b.jpg,6\nC,c.jpg,7\nD,d.jpg,?\n"
    manifest = read("items.csv", rows)
    assert (list(manifest.files), manifest.rejected_files) == (
        ["a.jpg", "b.jpg", "c.jpg"],
        {"d.jpg"},
    )


def test_without_images_rows_of_files_apply_to_their_items():
    rows = b"sku,file,colour,kind\nA,1.jpg,red,\nA,2.jpg,,hat\nB,,blue,\n"
    manifest = read_manifest("items.csv", rows).without_files()
    assert manifest.files == {}
    assert attributes_of(manifest.items) == {
        "A": {"colour": "red", "kind": "hat"},
        "B": {"colour": "blue"},
    }


def test_several_files_of_one_sku_are_its_views():
    rows = b"sku,file,view\nA,x/1.jpg,\nA,x/2.jpg,\nA,x/3.jpg,side\n"
    manifest = read_manifest("items.csv", rows)
    assert [manifest.row_for(f"x/{n}.jpg").view for n in (1, 2, 3)] == ["main", "2", "side"]


def test_a_file_is_found_by_its_name_alone():
    assert read_manifest("items.csv", b"sku,file\nA,a.jpg\n").row_for("folder/a.jpg").sku == "A"


def test_json_lines_keep_their_types():
    line = b'{"sku": "A", "file": "a.jpg", "price": 5, "sizes": ["S"], "new": true}\n\n'
    row = read("items.jsonl", line).row_for("a.jpg")
    assert row.attributes == {"price": 5, "sizes": ["S"], "new": True}


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("items.csv", b"file,colour\na.jpg,red\n", "no column sku"),
        ("items.csv", b"", "no column sku"),
        ("items.csv", b"sku,file,file\nA,a,b\n", "several columns named 'file'"),
        ("items.jsonl", b'{"sku": "\xff"}\n', "not UTF-8"),
        ("items.jsonl", b'{"sku": "A", "x": 1, "x": 2}\n', "'x' occurs twice"),
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
        (b"A/../B,a.jpg,x", "SKU 'A/../B'"),
        (b"NULL,a.jpg,x", "the row has no sku"),
        (b"4.00638E+12,a.jpg,x", "rounded to 4.00638E+12 by a spreadsheet"),
        (b"A,a.jpg,x,y", "more fields than the header"),
        (b'A,"a.jpg,x', "a quote is not closed"),
        (b"A,good.jpg,x", "two rows name the same file 'good.jpg'"),
        (b"A,a.jpg," + b"x" * 20_000, "the limit is 16,384"),
    ],
)
def test_an_invalid_row_fails_alone(row, message):
    manifest = read_manifest(
        "items.csv", b"sku,file,colour\nG,good.jpg,red\nH,,red\n" + row + b"\n"
    )
    assert manifest.row_for("good.jpg").sku == "G"
    assert attributes_of(manifest.items) == {"H": {"colour": "red"}}
    (failure,) = manifest.failures
    assert message in failure.reason
    assert failure.file == "items.csv, line 4"


def test_rows_of_two_manifests_that_contradict_each_other_are_failures():
    manifest = read_manifest("items.csv", b"sku,file\nA,1.jpg\nC,3.jpg\nD,4.jpg\n")
    manifest.add(read_manifest("items.csv", b"sku,file\nB,1.jpg\nC,3.jpg\nE,5.jpg\n"))
    assert list(manifest.files) == ["3.jpg", "4.jpg", "5.jpg"]
    assert manifest.rejected_files == {"1.jpg"}
    assert [(failure.sku, "under SKU 'A'" in failure.reason) for failure in manifest.failures] == [
        ("B", True)
    ]


def test_all_manifests_of_an_upload_share_the_limit_of_rows(monkeypatch):
    monkeypatch.setattr("core.pipelines.ingest.manifest.MAX_ROWS", 3)
    manifest = read_manifest("items.csv", b"sku,file\nA,1.jpg\nC,3.jpg\n")
    with pytest.raises(TooLarge, match="more than 3 rows"):
        manifest.add(read_manifest("items.csv", b"sku,file\nB,5.jpg\nD,6.jpg\n"))
