"""The schema of a vector index in Milvus, its HNSW graph and its rows."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from core.batching import batched
from core.errors import InvalidInput
from core.vectors import expressions
from core.vectors.milvus_client import DataType, MilvusClient
from core.vectors.milvus_connection import READ_S
from core.vectors.store import VectorRow, check_key, normalize

SCHEMA_S = 120
BATCH_ROWS = 500
BATCH_BYTES = 8 * 1024 * 1024
ATTRIBUTES_BYTES = 60_000  # the limit of Milvus is 65,536
LABEL_BYTES = 512
# `benchmarks.vectors` measures recall and latency with these values.
HNSW = {"M": 32, "efConstruction": 200}
# The inner product of unit vectors is their cosine; Lite computes it in a third of the time.
METRIC = "IP"

MilvusRow = dict[str, Any]


def schema(dim: int) -> Any:
    """Return the schema of an index for vectors with `dim` dimensions."""
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=32)
    schema.add_field("sku", DataType.VARCHAR, max_length=LABEL_BYTES)
    schema.add_field("view", DataType.VARCHAR, max_length=LABEL_BYTES)
    schema.add_field("attributes", DataType.JSON)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
    return schema


def create_hnsw_graph(client: MilvusClient, index: str) -> None:
    """Create the HNSW graph of an index unless the graph exists, and load it for searches."""
    if not client.list_indexes(index, timeout=READ_S):
        params = client.prepare_index_params()
        params.add_index("vector", index_type="HNSW", metric_type=METRIC, params=HNSW)
        client.create_index(index, params, timeout=SCHEMA_S)
    client.load_collection(index, timeout=SCHEMA_S)


def row_id(sku: str, view: str) -> str:
    """Return the primary key of a row, which is a hash of 32 hex digits."""
    return hashlib.blake2b(f"{sku}\0{view}".encode(), digest_size=16).hexdigest()


def to_milvus_row(row: VectorRow) -> MilvusRow:
    """Return a row as Milvus stores it.

    Raises:
        InvalidInput: the SKU, view or vector is invalid, or the attributes are too large.
    """
    check_key(row.sku, row.view)
    attributes = expressions.encode_attributes(row.attributes)
    if len(json.dumps(attributes, ensure_ascii=False).encode()) > ATTRIBUTES_BYTES:
        raise InvalidInput(f"item {row.sku!r}: the attributes exceed {ATTRIBUTES_BYTES:,} bytes")
    return {
        "id": row_id(row.sku, row.view),
        "sku": row.sku,
        "view": row.view,
        "attributes": attributes,
        "vector": normalize(row.vector, f"sku {row.sku!r}, view {row.view!r}"),
    }


def batches(rows: list[MilvusRow]) -> Iterator[list[MilvusRow]]:
    """Split rows into batches of at most 500 rows and 8 MiB of vectors."""
    if rows:
        size = max(1, min(BATCH_ROWS, BATCH_BYTES // int(rows[0]["vector"].nbytes)))
        yield from batched(rows, size)
