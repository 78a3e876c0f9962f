"""The table of rows in memory, compared with the engine's own."""

import numpy as np
from milvus_lite.storage.memtable import MemTable

from embedded.milvus_lite_patches.memtable import MAX_CHUNKS, ColumnarMemTable
from embedded.milvus_lite_patches.rounded_vectors import MIN_ROWS, RoundedVectors
from tests.embedded.milvus_lite_patches.engine_rows import SCHEMA, delete_batch, insert_batch


def filled_table(kind):
    """Three batches of rows, the last of which replaces rows of the first; one row is deleted."""
    table = kind(SCHEMA)
    for keys, first_seq in ((range(6), 0), (range(6, 9), 6), (range(3, 5), 9)):
        table.apply_insert(insert_batch(keys, first_seq))
    table.apply_delete(delete_batch([1], 11))
    return table


def current_rows(rows):
    """Keys, write numbers and vectors of the current rows."""
    numbers = list(rows.row_of.values())
    return [rows.keys[n] for n in numbers], rows.seqs[numbers], rows.vectors[numbers]


def test_the_current_rows_are_the_engines():
    rows = filled_table(ColumnarMemTable).rows()
    keys, seqs, vectors, _, _ = filled_table(MemTable).to_search_snapshot("vector")
    actual = current_rows(rows)
    assert actual[0] == keys == [key for key in rows.row_of]
    assert actual[1].tolist() == seqs.tolist()
    assert actual[2].tolist() == vectors.tolist()
    assert rows.deletions == {"k1": 11}


def test_a_record_is_the_engines():
    rows, table = filled_table(ColumnarMemTable).rows(), filled_table(MemTable)
    for key, row in rows.row_of.items():
        (record,) = rows.read(np.array([row]), ["attributes", "vector"])
        assert record | {"vector": record["vector"].tolist()} == table.get(key)


def test_rows_stay_as_they_were_when_others_are_written():
    table = ColumnarMemTable(SCHEMA)
    table.apply_insert(insert_batch(range(3), 0))
    early = table.rows()
    before = current_rows(early)
    for seq in range(3, 3 + 2 * MAX_CHUNKS):
        table.apply_insert(insert_batch([seq % 5], seq))
        table.rows()
    table.apply_delete(delete_batch([0, 1, 2], 1_000))
    assert list(table.rows().row_of) == ["k3", "k4"]
    after = current_rows(early)
    assert after[0] == before[0]
    assert after[2].tolist() == before[2].tolist()
    assert len(early) == 3


def test_unchanged_rows_are_read_once():
    table = filled_table(ColumnarMemTable)
    assert table.rows() is table.rows()


def test_a_flush_writes_the_same_as_the_engines():
    patched, original = (
        filled_table(kind).flush(["_default"]) for kind in (ColumnarMemTable, MemTable)
    )
    assert patched.keys() == original.keys()
    for partition, (data, deleted) in original.items():
        assert patched[partition][0].equals(data)
        assert patched[partition][1].equals(deleted)


def test_many_rows_are_rounded_as_those_of_a_file():
    table = ColumnarMemTable(SCHEMA)
    table.apply_insert(insert_batch(range(MIN_ROWS - 1), 0))
    assert table.rows().rounded is None
    table.apply_insert(insert_batch(range(7), MIN_ROWS))
    rows = table.rows()
    expected = RoundedVectors.of(rows.vectors)
    for name in ("vectors", "numbers", "scales", "lengths", "errors"):
        assert np.array_equal(getattr(rows.rounded, name), getattr(expected, name)), name
