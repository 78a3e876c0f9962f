import io
import random
import struct
import subprocess
import sys
import zlib

import pytest

from core.archives import decompression
from core.errors import InvalidInput, TooLarge, UnsupportedMediaType
from core.sales.dialect import find_dialect
from core.sales.header import ALIASES, COLUMNS, MAX_COLUMNS, parse_overrides
from tests.support.archives import make_zip
from tests.support.sales_files import HEADER, compressed, dialect_of, line, read, table

ACCENTED = table(line(country="Österreich"), line(order="2", country="Curaçao"))


def test_the_api_can_inspect_a_file_without_numpy_pandas_and_pyarrow():
    code = (
        "import sys, core.sales.dialect, core.sales.import_report;"
        "sys.exit(bool({'numpy', 'pyarrow', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_detected(delimiter):
    assert dialect_of(table(line(), delimiter=delimiter)).layout.delimiter == delimiter


def test_a_delimiter_inside_a_quoted_name_is_not_one():
    header = ("a,b,c,d,e,f,g,h", *HEADER)
    dialect = dialect_of(table(("", *line()), header=header, delimiter=";"))
    assert (dialect.layout.delimiter, dialect.ignored_columns) == (";", ["a,b,c,d,e,f,g,h"])


@pytest.mark.parametrize("compression", ["plain", "gzip", "zip"])
def test_the_compression_is_detected(compression):
    assert dialect_of(compressed(table(line()).encode(), compression)).compression == compression


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("latin-1", "windows-1252"),
        ("windows-1252", "windows-1252"),
    ],
)
def test_the_encoding_is_detected(codec, encoding):
    data = ACCENTED.encode(codec)
    assert dialect_of(data).encoding == encoding
    assert {row[4] for row in read(data)[0]} == {"Österreich", "Curaçao"}


def test_characters_of_windows_1252_that_latin_1_lacks_are_read():
    rows, _, report = read(table(line(sku="5€", country="é")).encode("windows-1252"))
    assert rows[0][1] == "5€"
    assert report["encoding"] == "windows-1252"


@pytest.mark.parametrize("codec", ["utf-8", "latin-1"])
def test_characters_after_the_first_megabyte_decide_the_encoding(codec):
    rows = [line(order=str(n)) for n in range(30_000)]
    data = table(*rows, line(order="last", country="Österreich")).encode(codec)
    assert len(data) > 1024 * 1024
    assert dialect_of(data).encoding == "ascii"
    assert read(data)[0][-1][4] == "Österreich"


def test_a_character_at_the_very_end_decides_the_encoding():
    header = ("md5email", "sku", "order_id", "zip", "created_at", "country")
    row = ("u", "A", "1", "", "2025-01-01", "Café")
    data = table(row, header=header).rstrip().encode("latin-1")
    assert read(data)[0][0][4] == "Café"


def test_invalid_bytes_in_a_utf_8_file_do_not_garble_its_other_characters():
    rows = [line(order=str(n), country="Österreich") for n in range(5)]
    data = table(*rows, line(sku="A_B", order="5")).encode().replace(b"A_B", b"A\xffB")
    accepted, rejects, _ = read(data)
    assert [row[4] for row in accepted] == ["Österreich"] * 5
    assert [(row.line, row.reason) for row in rejects] == [
        (7, "sku contains bytes that are invalid in the file's encoding")
    ]


def test_columns_are_found_in_any_order_and_case_and_others_are_ignored():
    header = ("Note", "Created At", "COUNTRY", "Zip", "order-id", "", "SKU", "MD5Email", "Quantity")
    row = ("x", "2025-03-04", "DE", "1", "o", "y", "s", "u", "3")
    data = table(row, header=header)
    assert dialect_of(data).ignored_columns == ["Note", ""]
    (accepted,), _, report = read(data)
    assert accepted[:5] == ("u", "s", "o", "1", "DE")
    assert accepted[6] == 3
    assert report["ignored_columns"] == ["Note", ""]


def test_lines_before_the_header_may_be_empty_or_name_the_delimiter():
    data = "\n  \nsep=;\n" + table(line(), delimiter=";", end="\n")
    assert dialect_of(data).layout.header_lines == 4
    assert [row[-1] for row in read(data)[0]] == [5]


def test_a_missing_column_is_named_with_those_of_the_file():
    with pytest.raises(InvalidInput) as caught:
        dialect_of("who;sku;order_id;zip;country;when\n")
    assert caught.value.extra["missing"] == ["md5email", "created_at"]
    assert caught.value.extra["header"] == ["who", "sku", "order_id", "zip", "country", "when"]
    assert (
        "no column for the customer (md5email) or for the date (created_at); its columns are who, "
        in caught.value.detail
    )
    assert caught.value.detail.endswith("(parameter `columns`, such as md5email:NAME)")


def test_usual_aliases_of_columns_are_found():
    header = ("Order Number", "Order Date", "E-Mail", "Product ID", "Qty", "Postal code", "Country")
    data = table(("7", "2025-03-04", "u", "A", "2", "20095", "DE"), header=header)
    (accepted,), _, report = read(data)
    assert accepted[:5] == ("u", "A", "7", "20095", "DE")
    assert accepted[6] == 2
    assert report["columns"]["created_at"] == "Order Date"
    assert report["columns"]["md5email"] == "E-Mail"
    assert report["ignored_columns"] == []


@pytest.mark.parametrize(
    "header",
    [
        ("Kunde E-Mail", "Art.Nr.", "Bestell-Nr", "PLZ", "Land", "Kaufdatum"),
        ("E-mail client", "Numéro article", "N° commande", "Code postal", "Pays", "Date d'achat"),
        ("Cliente", "Codice articolo", "Numero ordine", "CAP", "Paese", "Data ordine"),
        ("Correo electrónico", "Código artículo", "Pedido", "Código postal", "País", "Fecha"),
    ],
)
def test_headers_in_other_languages_are_understood(header):
    assert list(dialect_of(table(line(), header=header)).columns.values()) == [0, 1, 2, 3, 4, 5]


def test_an_address_or_a_number_goes_before_a_name():
    header = ("Kunde", "Artikel", *HEADER[2:], "Kunde E-Mail", "Art.Nr.")
    columns = dialect_of(table((*line(), "a@b.c", "A-1"), header=header)).columns
    assert (columns["md5email"], columns["sku"]) == (6, 7)


def test_overrides_go_before_names_and_names_before_aliases():
    header = (*HEADER, "email", "shelf")
    data = table((*line(user="u"), "e", "s"), header=header)
    assert dialect_of(data).columns["md5email"] == 0
    dialect = find_dialect(io.BytesIO(data.encode()), {"md5email": "EMail", "sku": "shelf"})
    names = dialect.column_names
    assert (names["md5email"], names["sku"]) == ("email", "shelf")
    assert dialect.ignored_columns == ["md5email", "sku"]


def test_an_override_that_the_file_lacks_is_missing():
    with pytest.raises(
        InvalidInput, match="no column named 'Artikel'; its columns are md5email"
    ) as caught:
        find_dialect(io.BytesIO(table(line()).encode()), {"sku": "Artikel"})
    assert caught.value.extra["missing"] == ["sku"]


def test_no_alias_stands_for_two_columns():
    names = [*COLUMNS, *" ".join(ALIASES.values()).split()]
    assert len({name.replace("_", "") for name in names}) == len(names)


def test_overrides_are_pairs():
    assert parse_overrides("") == {}
    overrides = parse_overrides("sku:Artikel Nr., md5email : a:b")
    assert overrides == {"sku": "Artikel Nr.", "md5email": "a:b"}


@pytest.mark.parametrize("text", ["sku", "sku:", "article:sku", "sku:a;zip:b,x"])
def test_invalid_overrides_are_refused(text):
    with pytest.raises(InvalidInput, match="md5email:customer,sku:article"):
        parse_overrides(text)


@pytest.mark.parametrize("name", HEADER)
def test_each_of_the_six_columns_must_be_there(name):
    header = [column for column in HEADER if column != name]
    with pytest.raises(InvalidInput) as caught:
        dialect_of(table(header=header))
    assert caught.value.extra["missing"] == [name]


def test_a_file_without_line_ends_is_refused_with_the_likely_cause():
    data = table(line(), line(order="2"))
    with pytest.raises(
        InvalidInput, match=r"no column for the date \(created_at\); .* --data-binary"
    ):
        dialect_of(data.replace("\r\n", ""))
    with pytest.raises(InvalidInput) as caught:
        dialect_of(data.replace("created_at", "when"))
    assert "--data-binary" not in caught.value.detail


def test_a_repeated_column_is_refused():
    with pytest.raises(InvalidInput, match="the same name: sku;"):
        dialect_of(table(header=(*HEADER, "SKU")))


def test_too_many_columns_are_refused():
    many = [f"c{n}" for n in range(MAX_COLUMNS)]
    with pytest.raises(TooLarge, match="columns"):
        dialect_of(table(header=(*HEADER, *many)))


@pytest.mark.parametrize("data", [b"", b"\n\n  \r\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(data):
    for compression in ("plain", "gzip", "zip"):
        with pytest.raises(InvalidInput, match="empty"):
            dialect_of(compressed(data, compression))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG image"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "a JPEG image"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "an Excel workbook"),
        (make_zip({"[Content_Types].xml": "", "xl/workbook.xml": ""}), "an Excel workbook"),
        (compressed(compressed(b"x", "gzip"), "gzip"), "compressed twice"),
        (b'[{"md5email": "u", "sku": "A"}]\n', "JSON"),
        (b"<html><table><tr><td>md5email</td></tr></table></html>\n", "a web page"),
        (make_zip({"sales.csv": b"\xff\xd8\xff\xe0" + bytes(50)}), "a JPEG image"),
    ],
)
def test_another_kind_of_file_is_named(data, what):
    with pytest.raises(UnsupportedMediaType, match=what):
        dialect_of(data)


def test_binary_data_is_named():
    with pytest.raises(InvalidInput, match="binary"):
        dialect_of(random.Random(3).randbytes(5000))


def test_a_column_name_that_begins_like_an_image_is_accepted():
    assert dialect_of(table(("", *line()), header=("BMI", *HEADER))).ignored_columns == ["BMI"]


def test_a_zip_must_hold_exactly_one_csv_file():
    data = table(line()).encode()
    with pytest.raises(InvalidInput, match=r"must contain a \.csv file; it contains 'a\.jpg'"):
        dialect_of(make_zip({"a.jpg": b"x"}))
    with pytest.raises(InvalidInput, match=r"several CSV files: 'a\.csv', 'b/c\.CSV'"):
        dialect_of(make_zip({"a.csv": data, "b/c.CSV": data}))
    with pytest.raises(InvalidInput, match=r"must contain a \.csv file; it contains no files"):
        dialect_of(make_zip({}))


def test_files_that_operating_systems_add_to_a_zip_are_ignored():
    files = {"__MACOSX/._sales.csv": b"x", ".DS_Store": b"", "read.me": b"", "d/": b""}
    data = table(line()).encode()
    assert dialect_of(make_zip(files | {"d/sales.csv": data})).compression == "zip"


def test_an_encrypted_zip_is_refused():
    data = bytearray(compressed(table(line()).encode(), "zip"))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InvalidInput, match="encrypted"):
        dialect_of(bytes(data))


def test_a_zip_with_too_many_names_is_refused_before_they_are_read():
    data = bytearray(compressed(table(line()).encode(), "zip"))
    struct.pack_into("<I", data, data.rfind(b"PK\x05\x06") + 12, 1 << 30)
    with pytest.raises(TooLarge, match="lists too many files"):
        dialect_of(bytes(data))


@pytest.mark.parametrize("compression", ["gzip", "zip"])
def test_a_file_that_unpacks_to_more_than_allowed_is_refused(compression, monkeypatch):
    monkeypatch.setattr(decompression, "MAX_UNPACKED_BYTES", 50_000)
    data = compressed(bytes(100_000), compression)
    with pytest.raises(TooLarge, match="50,000 bytes"):
        find_dialect(io.BytesIO(data))


def test_a_zip_that_declares_too_large_a_content_is_refused_at_once(monkeypatch):
    monkeypatch.setattr(decompression, "MAX_UNPACKED_BYTES", 1_500_000)
    data = compressed(table(*[line()] * 50_000).encode(), "zip")
    with pytest.raises(TooLarge, match="1,500,000 bytes"):
        find_dialect(io.BytesIO(data))


@pytest.mark.parametrize("compression", ["gzip", "zip"])
@pytest.mark.parametrize("cut", [3, 12, 60, 200])
def test_a_truncated_file_is_refused_at_once_or_while_it_is_read(compression, cut):
    rows = [line(order=str(random.Random(n).random())) for n in range(100)]
    data = compressed(table(*rows).encode(), compression)[:-cut]
    with pytest.raises(InvalidInput, match=r"damaged|readable"):
        read(data)


def test_a_zip_with_a_wrong_checksum_is_refused():
    data = bytearray(compressed(table(line()).encode(), "zip"))
    struct.pack_into("<I", data, data.rfind(b"PK\x01\x02") + 16, zlib.crc32(b"another"))
    with pytest.raises(InvalidInput, match="damaged"):
        read(bytes(data))
