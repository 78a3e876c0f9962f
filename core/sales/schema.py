"""The columns of imported order lines."""

import pyarrow as pa

SCHEMA = pa.schema([
    ("user", pa.string()),
    ("sku", pa.string()),
    ("order", pa.string()),
    ("zip", pa.string()),
    ("country", pa.string()),
    ("at", pa.timestamp("us", tz="UTC")),
    ("quantity", pa.int32()),
    ("line", pa.int64()),  # null in rows that cancel an order line
])
