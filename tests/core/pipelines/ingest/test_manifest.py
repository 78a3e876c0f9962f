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
        ("items.csv", b"sku,colour\nA,red\n", "no column file"),
        ("items.csv", b"", "no column sku and file"),
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
        (b"A,,x", "no file"),
        (b"A/B,a.jpg,x", "without '/'"),
        (b"A,a.jpg", "no sku"),
        (b"A,a.jpg,x,y", "no sku"),
        (b"A,good.jpg,x", "named twice"),
        (b"A,a.jpg," + b"x" * 20_000, "attributes of more than"),
    ],
)
def test_a_row_that_says_nothing_useful_fails_alone(row, said):
    found = read_manifest("items.csv", b"sku,file,colour\nG,good.jpg,red\n" + row + b"\n")
    assert found.of("good.jpg").sku == "G"
    (failure,) = found.failures
    assert said in failure.reason
    assert failure.file == "items.csv, line 3"
