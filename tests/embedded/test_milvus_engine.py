"""The patches of Milvus Lite's engine, compared with the engine's own code."""

import json
import threading
import time

import numpy as np
import pyarrow as pa
import pytest
from milvus_lite.db import MilvusLite
from milvus_lite.engine.collection import Collection
from milvus_lite.index.brute_force import BruteForceIndex
from milvus_lite.schema.arrow_builder import build_wal_data_schema, build_wal_delta_schema
from milvus_lite.schema.types import CollectionSchema, DataType, FieldSchema
from milvus_lite.search.filter import compile_filter
from milvus_lite.search.filter.eval.python_backend import evaluate_python
from milvus_lite.storage.memtable import MemTable

from embedded.milvus_lite_patches import durability
from embedded.milvus_lite_patches.durability import ReadWriteLock
from embedded.milvus_lite_patches.search_speed import (
    ColumnarMemTable,
    InPlaceIndex,
    evaluate_filter,
)

SCHEMA = CollectionSchema([
    FieldSchema("id", DataType.VARCHAR, is_primary=True, max_length=8),
    FieldSchema("attributes", DataType.JSON),
    FieldSchema("vector", DataType.FLOAT_VECTOR, dim=4),
])


def batch(keys, first_seq):
    columns = {
        "_seq": range(first_seq, first_seq + len(keys)),
        "_partition": ["_default"] * len(keys),
        "id": [f"k{key}" for key in keys],
        "attributes": [json.dumps({"number:n": float(k), "text:t": f"t{k}"}) for k in keys],
        "vector": np.random.default_rng(first_seq).random((len(keys), 4), dtype="f4").tolist(),
    }
    return pa.RecordBatch.from_pydict(columns, schema=build_wal_data_schema(SCHEMA))


def filled_table(kind):
    """Three batches of rows, the last of which replaces rows of the first; one row is deleted."""
    table = kind(SCHEMA)
    for keys, first_seq in ((range(6), 0), (range(6, 9), 6), (range(3, 5), 9)):
        table.apply_insert(batch(keys, first_seq))
    deletions = {"id": ["k1"], "_seq": [11], "_partition": ["_default"]}
    schema = build_wal_delta_schema(SCHEMA)
    table.apply_delete(pa.RecordBatch.from_pydict(deletions, schema=schema))
    return table


def test_a_snapshot_is_the_same_as_the_engines():
    patched, original = (
        filled_table(kind).to_search_snapshot("vector", include_table=True)
        for kind in (ColumnarMemTable, MemTable)
    )
    assert patched[0] == original[0]
    assert patched[1].tolist() == original[1].tolist()
    assert patched[2].tolist() == original[2].tolist()
    assert patched[3] == original[3]
    assert patched[4].equals(original[4])


def test_a_flush_writes_the_same_as_the_engines():
    patched, original = (
        filled_table(kind).flush(["_default"]) for kind in (ColumnarMemTable, MemTable)
    )
    assert patched.keys() == original.keys()
    for partition, (data, deleted) in original.items():
        assert patched[partition][0].equals(data)
        assert patched[partition][1].equals(deleted)


def test_a_snapshot_includes_rows_written_after_an_earlier_snapshot():
    table = ColumnarMemTable(SCHEMA)
    assert table.to_search_snapshot("vector")[0] == []
    for keys, first_seq in ((range(3), 0), (range(2, 4), 3)):
        table.apply_insert(batch(keys, first_seq))
        pks, _, vectors, _, _ = table.to_search_snapshot("vector")
    assert pks == ["k0", "k1", "k2", "k3"]
    assert vectors[2].tolist() == pytest.approx(batch(range(2, 4), 3).column("vector")[0].as_py())


@pytest.mark.parametrize("metric", ["IP", "COSINE", "L2"])
@pytest.mark.parametrize("valid", [None, 0.0, 0.2, 0.9, 1.0])
@pytest.mark.parametrize("top", [1, 10, 300])
def test_the_nearest_rows_are_the_same_as_the_engines(metric, valid, top):
    random = np.random.default_rng(1)
    vectors, queries = random.normal(size=(200, 8)), random.normal(size=(3, 8))
    mask = None if valid is None else random.random(200) < valid
    patched, original = (
        kind.build(vectors.astype(np.float32), metric).search(queries.astype("f4"), top, mask)
        for kind in (InPlaceIndex, BruteForceIndex)
    )
    assert patched[0].tolist() == original[0].tolist()
    assert patched[1] == pytest.approx(original[1], abs=1e-5)


@pytest.mark.parametrize(
    "expression",
    [
        'attributes["number:n"] > 3.0',
        'attributes["text:t"] == "t4" or attributes["number:n"] == 0.0',
        'exists attributes["number:x"]',
        '(attributes["number:n"] != 3.0) and id in ["k3", "k4", "k5"]',
        '(attributes["text:t"] == "t4" or attributes["text:t"] == "t1")',
        '((attributes["number:n"] == 4.0 or attributes["number:n"] == 7.0) or '
        '(attributes["number:n"] == 0.0 or attributes["number:n"] == 99.0)) and id != "k7"',
        '(attributes["number:x"] == 1.0 or attributes["number:x"] == 2.0)',
        '(attributes["number:n"] == 4.0 or attributes["number:n"] < 2.0)',
        'not (attributes["number:x"] == 1.0 or attributes["number:x"] == 2.0)',
    ],
)
def test_a_filter_matches_the_rows_that_the_engine_matches(expression):
    table = filled_table(MemTable).to_arrow_table()
    compiled = compile_filter(expression, SCHEMA)
    assert (
        evaluate_filter(compiled, table).to_pylist() == evaluate_python(compiled, table).to_pylist()
    )


def test_concurrent_readers_open_a_collection_only_once(tmp_path, monkeypatch):
    durability.apply()
    with MilvusLite(str(tmp_path)) as database:
        database.create_collection("shop", SCHEMA)
    opened, opening = [], Collection.__init__

    def open_slowly(self, *arguments, **options):
        opened.append(self)
        time.sleep(0.05)
        opening(self, *arguments, **options)

    monkeypatch.setattr(Collection, "__init__", open_slowly)
    with MilvusLite(str(tmp_path)) as database:
        threads = [threading.Thread(target=database.get_collection, args=["shop"]) for _ in "1234"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(opened) == 1


def test_readers_share_a_lock_and_a_waiting_writer_goes_before_later_readers():
    lock, order, started = ReadWriteLock(), [], threading.Barrier(3)

    def read(name, block):
        with lock.read():
            order.append(name)
            block()

    def write():
        with lock.write():
            order.append("writer")

    release = threading.Event()
    early = [
        threading.Thread(target=read, args=[name, lambda: (started.wait(5), release.wait(5))])
        for name in ("early", "early")
    ]
    for thread in early:
        thread.start()
    started.wait(5)  # times out unless both readers hold it
    writer = threading.Thread(target=write)
    writer.start()
    while not lock._writers:
        time.sleep(0.001)
    late = threading.Thread(target=read, args=["late", lambda: None])
    late.start()
    release.set()
    for thread in (*early, writer, late):
        thread.join(5)
    assert order == ["early", "early", "writer", "late"]
