"""Writes and reads sales files in memory."""

import csv
import gzip
import io

from core.sales.dialect import find_dialect
from core.sales.file_survey import survey_file
from core.sales.importer import SalesReader
from tests.support.archives import make_zip

HEADER = ("md5email", "sku", "order_id", "zip", "country", "created_at")
DAY = "2025-03-04T05:06:07Z"


def line(user="u", sku="A", order="1", zip="20095", country="DE", at=DAY):
    return user, sku, order, zip, country, at


def table(*rows, header=HEADER, delimiter=",", end="\r\n"):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([header, *rows])
    return text.getvalue()


def compressed(data, compression):
    if compression == "gzip":
        return gzip.compress(data, mtime=0)
    return make_zip({"sales.csv": data}) if compression == "zip" else data


def dialect_of(data):
    return find_dialect(io.BytesIO(data if isinstance(data, bytes) else data.encode()))


def read(data):
    """Accepted rows as tuples, rejected rows, and the report as JSON."""
    rejected = []
    reader = open_reader(data, reject=rejected.append)
    rows = [tuple(row.values()) for batch in reader for row in batch.to_pylist() if row["line"]]
    return rows, rejected, reader.report.model_dump(mode="json")


def open_reader(data, *, reject):
    file = io.BytesIO(data if isinstance(data, bytes) else data.encode())
    dialect = find_dialect(file)
    return SalesReader(file, dialect, survey_file(file, dialect), reject=reject)
