"""Collections read from snapshots, compared with a dictionary and brute force."""

import json
import threading
from functools import partial

import numpy as np
import pytest
from milvus_lite.exceptions import PartitionNotFoundError, SchemaValidationError
from milvus_lite.schema.types import CollectionSchema, DataType, FieldSchema

from embedded.milvus_lite_patches import collection as snapshot_collection
from embedded.milvus_lite_patches import vector_messages
from tests.embedded.milvus_lite_patches.engine_rows import DIM, SCHEMA

FILTER = 'attributes["number:n"] < 3.0'


@pytest.fixture(autouse=True)
def patched_engine():
    snapshot_collection.apply()
    vector_messages.apply()


@pytest.fixture
def open_shop(tmp_path):
    """A function that opens the collection, closed first if it is open."""
    opened = []

    def open_again():
        for collection in opened:
            collection.close()
        opened[:] = [snapshot_collection.SnapshotCollection("shop", str(tmp_path), SCHEMA)]
        return opened[0]

    yield open_again
    for collection in opened:
        collection.close()


def record(key, random):
    vector = random.random(DIM).astype("f4")
    return {"id": key, "attributes": {"number:n": float(random.integers(9))}, "vector": vector}


def check(shop, expected):
    """Compare every kind of read with the records that the collection should have."""
    assert shop.num_entities == len(expected)
    stored = {row["id"]: row for row in shop.query()}
    assert {key: json.loads(row["attributes"]) for key, row in stored.items()} == {
        key: row["attributes"] for key, row in expected.items()
    }
    matching = {key for key, row in expected.items() if row["attributes"]["number:n"] < 3}
    assert {row["id"] for row in shop.query(FILTER)} == matching
    assert [row["id"] for row in pages(shop, FILTER)] == sorted(matching)
    assert {row["id"] for row in shop.get([*expected, "unknown"])} == set(expected)
    for filter, keys in ((None, expected), (FILTER, matching)):
        check_search(shop, filter, {key: expected[key]["vector"] for key in keys})


def check_search(shop, filter, vectors):
    queries = np.random.default_rng(0).random((3, DIM)).astype("f4")
    results = shop.search(
        list(queries), top_k=5, metric_type="IP", expr=filter, output_fields=["id"]
    )
    for query, hits in zip(queries, results, strict=True):
        scores = sorted((float(vector @ query) for vector in vectors.values()), reverse=True)
        assert [hit["distance"] for hit in hits] == pytest.approx(scores[:5], rel=1e-5)
        for hit in hits:
            assert hit["distance"] == pytest.approx(float(vectors[hit["id"]] @ query), rel=1e-5)


def pages(shop, filter, size=4):
    """The rows in pages, as query iterators ask for them."""
    last, rows = "", [None]
    while rows:
        expression = f'{filter} and id > "{last}"'
        rows = shop.query(expression, ["id"], limit=size, order_by_pk=True)
        yield from rows
        last = rows[-1]["id"] if rows else last


@pytest.mark.parametrize("seed", range(4))
def test_reads_return_what_was_written(open_shop, seed):
    random, shop, expected = np.random.default_rng(seed), open_shop(), {}
    for _ in range(40):
        keys = [f"k{n}" for n in random.choice(40, size=random.integers(1, 9), replace=False)]
        match random.choice(
            ["upsert", "delete", "flush", "merge", "open"], p=[0.5, 0.2, 0.2, 0.05, 0.05]
        ):
            case "upsert":
                rows = {key: record(key, random) for key in keys}
                shop.upsert(list(rows.values()))
                expected |= rows
            case "delete":
                shop.delete(keys)
                expected = {key: row for key, row in expected.items() if key not in keys}
            case "flush":
                shop.flush()  # the fourth file is merged with the others
            case "merge":
                shop._wait_for_bg()
            case "open":
                shop = open_shop()
        check(shop, expected)
    assert expected


def test_a_partial_record_keeps_the_fields_that_it_does_not_mention(open_shop):
    shop, random = open_shop(), np.random.default_rng(0)
    old = record("a", random)
    shop.upsert([dict(old)])
    for write_to_file in (False, True):
        if write_to_file:
            shop.flush()
        shop.upsert([{"id": "a", "attributes": {"number:n": 7.0}}])
        (row,) = shop.query()
        assert json.loads(row["attributes"]) == {"number:n": 7.0}
        assert row["vector"].tolist() == old["vector"].tolist()


def test_reads_during_a_flush_and_a_merge_miss_nothing_and_see_nothing_twice(open_shop):
    shop, random, done = open_shop(), np.random.default_rng(0), threading.Event()
    shop.upsert([record(f"k{n:03}", random) for n in range(200)])
    counts, query = [], [np.ones(DIM, "f4")]

    def read():
        while not done.is_set():
            hits = shop.search(query, top_k=300, metric_type="IP", output_fields=["id"])[0]
            counts.append((shop.num_entities, len(hits), len({hit["id"] for hit in hits})))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for round_ in range(12):
        shop.upsert([record(f"k{n:03}", random) for n in range(round_, 200, 12)])
        shop.flush()
    shop._wait_for_bg()
    done.set()
    for reader in readers:
        reader.join()
    assert set(counts) == {(200, 200, 200)}


def test_a_search_does_not_wait_until_files_are_merged(open_shop):
    shop = open_shop()
    shop.upsert([record("a", np.random.default_rng(0))])
    rows = []
    with shop._maintenance_lock:  # held while files are merged
        reader = threading.Thread(target=lambda: rows.extend(shop.query()))
        reader.start()
        reader.join(5)
    assert [row["id"] for row in rows] == ["a"]


def test_once_filters_are_used_the_attributes_of_new_files_are_parsed_before_searches(open_shop):
    shop, random = open_shop(), np.random.default_rng(0)
    for key in ("a", "b"):
        shop.upsert([record(key, random)])
        shop.flush()
        shop.query(FILTER)
    shop.upsert([record("c", random)])
    shop.flush()
    assert [list(rows.attributes) for rows in shop._files.parts] == [["attributes"]] * 3


@pytest.mark.parametrize(
    "changes",
    [
        {"enable_dynamic_field": True},
        {"fields": [*SCHEMA.fields, FieldSchema("more", DataType.FLOAT_VECTOR, dim=2)]},
        {"fields": [*SCHEMA.fields, FieldSchema("p", DataType.INT64, is_partition_key=True)]},
        {
            "fields": [
                *SCHEMA.fields[:2],
                FieldSchema("v", DataType.FLOAT_VECTOR, dim=2, nullable=True),
            ]
        },
    ],
)
def test_a_schema_with_what_reads_would_ignore_is_rejected(tmp_path, changes):
    schema = CollectionSchema(**{"fields": SCHEMA.fields, **changes})
    with pytest.raises(SchemaValidationError, match="one vector field"):
        snapshot_collection.SnapshotCollection("shop", str(tmp_path), schema)


def test_partitions_are_rejected(open_shop):
    shop = open_shop()
    with pytest.raises(SchemaValidationError, match="partition 'red'"):
        shop.create_partition("red")
    for read in (shop.query, partial(shop.get, []), partial(shop.search, [[1.0] * DIM])):
        with pytest.raises(PartitionNotFoundError, match="red"):
            read(partition_names=["red"])
