"""Any bytes give a report or an error that says what is wrong; valid rows are read back."""

import csv
import gzip
import io
import unicodedata
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.sales.header import COLUMNS
from tests.support.sales_files import DAY, HEADER, compressed, line, read, table

NO_DEADLINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
START = table(line()).encode()
PIECES = st.one_of(
    st.binary(max_size=40),
    st.text(max_size=20).map(str.encode),
    st.sampled_from(
        [
            b'"', b",", b";", b"\n", b"\r", b"\0", b"\xff", b"\xc3", b"u,A,1,,,",
            DAY.encode() + b"\n",
            b"31/12/2025\n", b"12/31/2025\n", b"1767225599\n", b"0001-01-01T00:00:00+23:59\n",
            b"9999-12-31T23:59:59-23:59\n", b'x","\n', b"99999999999999\n", b"sep=;\n",
        ]
    ),
)  # fmt: skip


def check_read(data):
    try:
        rows, rejects, report = read(data)
    except InvalidInput:
        return
    assert report["rows"] == report["accepted"] + report["rejected"]
    assert (report["accepted"], report["rejected"]) == (len(rows), len(rejects))
    assert sum(report["reasons"].values()) == len(rejects)
    lines = [row[-1] for row in rows] + [row.line for row in rejects]
    assert len(set(lines)) == len(lines)
    assert all(row.reason and len(row.text) <= 200 for row in rejects)


@NO_DEADLINE
@given(st.binary(max_size=300))
@example(b"PK\x05\x06" + bytes(18))
@example(b"\x1f\x8b")
def test_any_bytes_are_read_or_refused(data):
    check_read(data)


@NO_DEADLINE
@given(
    st.lists(PIECES, max_size=30).map(b"".join),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le", "utf-16", "latin-1"]),
    st.sampled_from(["plain", "gzip", "zip"]),
)
def test_any_bytes_after_a_header_are_read_or_refused(rest, codec, compression):
    check_read(compressed(START.decode().encode(codec) + rest, compression))


@NO_DEADLINE
@given(st.data(), st.sampled_from(["plain", "gzip", "zip"]))
def test_a_corrupted_file_is_read_or_refused(data, compression):
    whole = bytearray(
        compressed(table(*[line(order=str(n)) for n in range(5)]).encode(), compression)
    )
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    check_read(bytes(whole[: data.draw(st.integers(0, len(whole)))]))


# an e-mail address would come back as its MD5, and a word such as "null" as missing
LABELS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="/@\ufffd"),
    min_size=1,
    max_size=20,
).map(lambda text: "x" + unicodedata.normalize("NFC", text))
# Letters beyond ASCII stand in words, since alone they could be of another code page.
LATIN = st.lists(
    st.sampled_from(["déjà", "niño", "façade", "naïf", "île", "züg", *"AZaz09-_;,|\"'"]),
    min_size=1,
    max_size=8,
).map(lambda pieces: "x" + "".join(pieces))
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2025, 1, 1))  # noqa: DTZ001


@st.composite
def files(draw):
    """Rows, and the bytes of a file that holds them."""
    codec = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"]))
    labels = LATIN if codec == "latin-1" else LABELS
    row = st.tuples(*[labels] * 5, TIMES.map(lambda at: at.replace(microsecond=0, tzinfo=UTC)))
    rows = draw(st.lists(row, min_size=1, max_size=8))
    columns = draw(st.permutations([*COLUMNS, "a note"]))
    write = draw(st.sampled_from(FORMATS))
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=draw(st.sampled_from(",;\t|")),
        quoting=draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])),
    )
    writer.writerow([draw(st.sampled_from([name, name.upper()])) for name in columns])
    for *names, at in rows:
        cells = dict(zip(HEADER, [*names, write(at)], strict=True)) | {"a note": 'x\n"y"'}
        writer.writerow([cells[name] for name in columns])
    compression = draw(st.sampled_from(["plain", "gzip", "zip"]))
    return rows, compressed(text.getvalue().encode(codec), compression)


FORMATS = [
    lambda at: at.isoformat(),
    lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    lambda at: f"{at:%Y/%m/%d %H:%M:%S} UTC",
    lambda at: f"{at + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}+02:00",
    lambda at: f"{at:%d.%m.%Y %H:%M:%S}",
    lambda at: f"{at:%d/%m/%Y %H:%M:%S}",
]


@NO_DEADLINE
@given(files())
def test_valid_rows_are_read_back_from_every_dialect(made):
    rows, data = made
    accepted, rejects, _ = read(data)
    assert not rejects
    assert [row[:6] for row in accepted] == rows


def test_every_member_of_a_gzip_is_read():
    first, second = table(line()).encode(), table(line(order="2")).encode().split(b"\r\n", 1)[1]
    assert len(read(gzip.compress(first) + gzip.compress(second))[0]) == 2
