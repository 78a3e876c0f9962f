import pytest

from core.errors import InvalidInput
from core.pipelines.ingest.manifest import read_manifest


def test_columns_beside_sku_and_file_are_attributes():
    found = read_manifest("items.csv", b"sku,file,colour\nA,a.jpg,red\n").of("a.jpg")
    assert (found.sku, found.view, found.attributes) == ("A", "main", {"colour": "red"})


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_any_usual_separator_and_a_byte_order_mark_are_taken(separator, bom):
    data = bom + f"file{separator}SKU\na.jpg{separator}A\n".encode()
    assert read_manifest("items.csv", data).of("a.jpg").sku == "A"


def test_a_column_is_numbers_only_if_all_its_values_are():
    rows = b"sku,file,price,size,code\nA,a.jpg,9.5,38,007\nB,b.jpg,10,M,010\nC,c.jpg,,40,1\n"
    found = read_manifest("items.csv", rows)
    assert found.of("a.jpg").attributes == {"price": 9.5, "size": "38", "code": "007"}
    assert found.of("b.jpg").attributes == {"price": 10, "size": "M", "code": "010"}
    assert found.of("c.jpg").attributes == {"size": "40", "code": "1"}


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
def test_a_column_of_decimal_commas_is_numbers_where_all_of_it_looks_so(values, expected):
    rows = "".join(f"S{n};{value}\n" for n, value in enumerate(values))
    found = read_manifest("items.csv", f"sku;price\n{rows}".encode()).items
    assert [one["price"] for one in found.values()] == expected


def test_what_is_said_of_files_is_said_of_their_items_where_no_picture_came():
    rows = b"sku,file,colour,kind\nA,1.jpg,red,\nA,2.jpg,,hat\nB,,blue,\n"
    found = read_manifest("items.csv", rows).alone()
    assert found.files == {}
    assert found.items == {"A": {"colour": "red", "kind": "hat"}, "B": {"colour": "blue"}}


def test_several_files_of_one_sku_are_its_views():
    rows = b"sku,file,view\nA,x/1.jpg,\nA,x/2.jpg,\nA,x/3.jpg,side\n"
    found = read_manifest("items.csv", rows)
    assert [found.of(f"x/{n}.jpg").view for n in (1, 2, 3)] == ["main", "2", "side"]


def test_a_file_is_found_by_its_name_alone():
    assert read_manifest("items.csv", b"sku,file\nA,a.jpg\n").of("folder/a.jpg").sku == "A"


def test_json_lines_keep_their_types():
    line = b'{"sku": "A", "file": "a.jpg", "price": 5, "sizes": ["S"], "new": true}\n\n'
    found = read_manifest("items.jsonl", line).of("a.jpg")
    assert found.attributes == {"price": 5, "sizes": ["S"], "new": True}


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("items.csv", b"file,colour\na.jpg,red\n", "no column sku"),
        ("items.csv", b"", "no column sku"),
        ("items.csv", b"sku,file,file\nA,a,b\n", "named twice"),
        ("items.csv", b"sku,file\nA,\xff\n", "not UTF-8"),
        ("items.csv", b'sku,file\nA,"a.jpg\n', "line"),
        ("items.jsonl", b"[1]\n", "not a JSON object"),
        ("items.jsonl", b"{nope\n", "line 1: not JSON"),
        ("items.jsonl", b'{"sku": "A", "file": "a", "x": NaN}\n', "not a JSON value"),
    ],
)
def test_a_manifest_that_is_none_is_refused(name, data, said):
    with pytest.raises(InvalidInput, match=said):
        read_manifest(name, data)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b",a.jpg,x", "no sku"),
        (b"H,,x", "named twice"),
        (b"A/B,a.jpg,x", "without '/'"),
        (b"A,a.jpg", "no sku"),
        (b"A,a.jpg,x,y", "no sku"),
        (b"A,good.jpg,x", "named twice"),
        (b"A,a.jpg," + b"x" * 20_000, "attributes of more than"),
    ],
)
def test_a_row_that_says_nothing_useful_fails_alone(row, said):
    found = read_manifest("items.csv", b"sku,file,colour\nG,good.jpg,red\nH,,red\n" + row + b"\n")
    assert (found.of("good.jpg").sku, found.items) == ("G", {"H": {"colour": "red"}})
    (failure,) = found.failures
    assert said in failure.reason
    assert failure.file == "items.csv, line 4"
