"""A schema and rows for tests of the engine's patches."""

import json

import numpy as np
import pyarrow as pa
from milvus_lite.schema.arrow_builder import build_wal_data_schema, build_wal_delta_schema
from milvus_lite.schema.types import CollectionSchema, DataType, FieldSchema

from embedded.milvus_lite_patches.rows import Rows

DIM = 4
SCHEMA = CollectionSchema([
    FieldSchema("id", DataType.VARCHAR, is_primary=True, max_length=8),
    FieldSchema("attributes", DataType.JSON),
    FieldSchema("vector", DataType.FLOAT_VECTOR, dim=DIM),
])


def rows_of(documents, vectors=None):
    """Rows k0, k1, ... with these JSON texts as attributes, and the first of the vectors."""
    keys = [f"k{n}" for n in range(len(documents))]
    table = pa.table({
        "id": pa.array(keys, pa.string()),
        "attributes": pa.array(documents, pa.string()),
    })
    row_of = {key: row for row, key in enumerate(keys)}
    vectors = np.zeros((len(keys), DIM), "f4") if vectors is None else vectors[: len(keys)]
    return Rows("id", keys, np.arange(len(keys)), row_of, {}, "vector", vectors, table)


def insert_batch(keys, first_seq):
    """A batch of new rows, as the engine hands it to the table in memory."""
    columns = {
        "_seq": range(first_seq, first_seq + len(keys)),
        "_partition": ["_default"] * len(keys),
        "id": [f"k{key}" for key in keys],
        "attributes": [json.dumps({"number:n": float(k), "text:t": f"t{k}"}) for k in keys],
        "vector": np.random.default_rng(first_seq).random((len(keys), DIM), dtype="f4").tolist(),
    }
    return pa.RecordBatch.from_pydict(columns, schema=build_wal_data_schema(SCHEMA))


def delete_batch(keys, seq):
    """A batch of deletions, as the engine hands it to the table in memory."""
    columns = {"id": [f"k{k}" for k in keys], "_seq": [seq] * len(keys)}
    columns["_partition"] = ["_default"] * len(keys)
    return pa.RecordBatch.from_pydict(columns, schema=build_wal_delta_schema(SCHEMA))
