"""Mutated sales files and manifests: every row is taken or named, and no value is made up."""

import io
import os
import random
import re

import pytest

from core.errors import CoreError
from core.pipelines.ingest.manifest import read_manifest
from core.sales.dialect import find_dialect
from core.sales.file_survey import survey_file
from core.sales.importer import SalesReader

INPUTS = int(os.environ.get("FUZZ_TABLES", "600"))
CODECS = ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp1250", "cp1251", "gb18030", "cp932"]
PIECES = [
    "", ",", ";", "\t", "|", "\n", "\r", "\r\n", ",,,,,,\n", ";;;\n", "\0", "\ufffd", "'", "=",
    " ", "\u00a0", "NULL", "nan", "0", "-", "1.0", "4.00638E+12", "31/12/2025", "46000", "x" * 200,
    "sep=;\n", "Total: 7\n", "refunded", "\u2028", "\x0b", "\x0c", "\x1c", "\x85",
]  # fmt: skip
QUOTES = ['"', '""', ',"', '",', '\n"', '"\n']


def make_sales(random):
    """The text of a valid sales file, in a random dialect."""
    header = ["md5email", "sku", "order_id", "zip", "country", "created_at", "note"]
    word = random.choice(["", "Größe", "Łódź"])
    rows = [
        [f"u{n}", f"A-{n}{word}", f"o{n}", "10115", "DE", f"2026-01-{n + 10}", "x"]
        for n in range(random.randint(1, 12))
    ]
    return _text(random, [header, *rows])


def make_manifest(random):
    word = random.choice(["", "Größe", "Łódź"])
    rows = [[f"S{n}", "" if n % 2 else f"{n}.jpg", "red" + word, str(n)] for n in range(12)]
    return _text(random, [["sku", "file", "colour", "price"], *rows[: random.randint(1, 12)]])


def _text(random, rows):
    delimiter, end = random.choice(",;\t|"), random.choice(["\n", "\r\n", "\r"])
    title = random.choice(["", "", "", f"Report 2026{end}{end}", f"sep={delimiter}{end}"])
    return title + "".join(delimiter.join(row) + end for row in rows)


def mutate(random, text, pieces):
    for _ in range(random.randint(1, 4)):
        at, count = random.randint(0, len(text)), random.randint(0, 8)
        text = text[:at] + random.choice(pieces) + text[at + count :]
    return text


def encode(random, text):
    data = text.encode(random.choice(CODECS), errors="replace")
    if random.random() < 0.2:
        at = random.randint(0, len(data))
        data = data[:at] + random.randbytes(random.randint(1, 3)) + data[at:]
    return data


def lines_with_text(text, header_lines):
    """Line numbers and texts below the header, except lines of delimiters and blanks alone."""
    lines = list(io.StringIO(text, newline=""))
    return {
        number: line
        for number, line in enumerate(lines, start=1)
        if number > header_lines and line.strip().strip(",;\t|").strip()
    }


def check_sales(data):
    rejected, file = [], io.BytesIO(data)
    dialect = find_dialect(file)
    reader = SalesReader(file, dialect, survey_file(file, dialect), reject=rejected.append)
    rows = [row for batch in reader for row in batch.to_pylist() if row["line"]]
    text = data.decode(reader.report.encoding.replace("ascii", "utf-8"), errors="replace")
    lines = lines_with_text(text, dialect.layout.header_lines)
    named = [row["line"] for row in rows] + [row.line for row in rejected]
    assert len(named) == len(set(named)) == reader.report.accepted + reader.report.rejected
    check_complete(set(named), lines, dialect.layout.delimiter)
    for row in rows:
        assert row["line"] in lines
        for name in ("sku", "order"):
            assert '"' in text or re.sub(r"\s", "", row[name]) in re.sub(
                r"\s", "", lines[row["line"]]
            )


def check_manifest(data):
    manifest = read_manifest("items.csv", data)
    names = [row.line for row in (*manifest.files.values(), *manifest.items.values())]
    named = {int(line.rpartition(" ")[2]) for line in names}
    named |= {int(failure.file.rpartition(" ")[2]) for failure in manifest.failures}
    text = decode(data, manifest)
    words = {
        n: re.split(r'[,;\t|" ]+', line.lower()) for n, line in lines_with_text(text, 0).items()
    }
    header = next(number for number, cells in words.items() if "sku" in map(str.strip, cells))
    check_complete(named, lines_with_text(text, end_of_header(text, header)), "")


def end_of_header(text, number):
    """The last line of a header whose names may contain line breaks, but then no delimiters."""
    lines = list(io.StringIO(text, newline=""))
    end = number
    while lines[number - 1].count('"') % 2 and end < len(lines):
        name, quote, _ = lines[end].partition('"')
        if set(name) & set(",;\t|"):
            return number
        end += 1
        if quote:
            break
    return end


def decode(data, manifest):
    notes = " ".join(manifest.notes)
    if match := re.search(r"assumed to be ([^ ,;]+)", notes):
        return data.decode(match[1], errors="replace")
    has_mark = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    return data.decode("utf-16" if has_mark else "utf-8-sig", errors="replace")


def check_complete(named, lines, delimiter):
    """Check that every line with text is a row, or may be a part of a quoted cell above it."""
    for number in sorted(lines.keys() - named):
        before = [lines[start] for start in sorted(named) if start < number][-1:]
        blank = not lines[number].replace('"', "").strip().strip(delimiter or ",;\t|").strip()
        assert blank or any('"' in line for line in before), lines[number]


@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("make", "check"), [(make_sales, check_sales), (make_manifest, check_manifest)]
)
@pytest.mark.parametrize("pieces", [PIECES, PIECES + 4 * QUOTES], ids=["plain", "quotes"])
def test_no_row_of_a_mutated_table_is_lost(make, check, pieces):
    for seed in range(INPUTS // 4):
        chance = random.Random(seed)
        data = encode(chance, mutate(chance, make(chance), pieces))
        try:
            check(data)
        except CoreError:
            continue
        except BaseException as exc:
            exc.add_note(f"seed {seed}: {data!r}")
            raise
