"""Sales files as the tests write and read them."""

import csv
import gzip
import io
import zipfile

from core.sales.dialect import find_dialect
from core.sales.importer import read_sales

HEADER = ("md5email", "sku", "order_id", "zip", "country", "created_at")
DAY = "2025-03-04T05:06:07Z"


def line(user="u", sku="A", order="1", zip="20095", country="DE", at=DAY):
    return user, sku, order, zip, country, at


def table(*rows, header=HEADER, delimiter=",", end="\r\n"):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([header, *rows])
    return text.getvalue()


def packed(data, packing):
    if packing == "gzip":
        return gzip.compress(data, mtime=0)
    return zipped({"sales.csv": data}) if packing == "zip" else data


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def dialect_of(data):
    return find_dialect(io.BytesIO(data if isinstance(data, bytes) else data.encode()))


def read(data):
    """Accepted rows as tuples, rejects, and what was told."""
    file, rejects = io.BytesIO(data if isinstance(data, bytes) else data.encode()), []
    reading = read_sales(file, find_dialect(file), reject=rejects.append)
    rows = [tuple(row.values()) for batch in reading for row in batch.to_pylist()]
    return rows, rejects, reading.told()
