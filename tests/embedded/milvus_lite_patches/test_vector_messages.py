"""Messages with vectors, compared with those of the engine."""

import numpy as np
import pytest
from milvus_lite.exceptions import SchemaValidationError
from milvus_lite.schema import validation

from embedded.milvus_lite_patches import vector_messages
from embedded.milvus_lite_patches.vector_messages import (
    build_field_data,
    extract_vector_column,
    validate_record,
)
from tests.embedded.milvus_lite_patches.engine_rows import DIM, SCHEMA

FIELD = SCHEMA.fields[2]
VECTORS = np.random.default_rng(0).normal(size=(5, DIM)).astype("f4")
RECORD = {"id": "a", "attributes": {}, "vector": VECTORS[0]}


@pytest.mark.parametrize("vectors", [VECTORS, VECTORS[:0]], ids=["5 rows", "no rows"])
def test_a_message_with_vectors_is_the_engines(vectors):
    expected = vector_messages._build_field_data("vector", FIELD, vectors.tolist())
    assert build_field_data("vector", FIELD, list(vectors)) == expected


def test_vectors_are_read_from_a_message():
    message = build_field_data("vector", FIELD, list(VECTORS))
    assert np.array_equal(extract_vector_column(message, 101, 5), VECTORS)


@pytest.mark.parametrize("rows", [4, 6])
def test_a_message_with_too_many_or_too_few_vectors_is_rejected(rows):
    message = build_field_data("vector", FIELD, list(VECTORS))
    with pytest.raises(SchemaValidationError, match="expected num_rows"):
        extract_vector_column(message, 101, rows)


def test_other_fields_are_left_to_the_engine():
    message = build_field_data("id", SCHEMA.fields[0], ["a", "b"])
    assert list(message.scalars.string_data.data) == ["a", "b"]


@pytest.mark.parametrize(
    "change", [{"vector": VECTORS[0][:3]}, {"vector": None}, {"id": None}, {"id": "a" * 9}]
)
def test_an_invalid_record_is_rejected_as_by_the_engine(change):
    record = RECORD | change
    plain = {key: getattr(value, "tolist", lambda v=value: v)() for key, value in record.items()}
    with pytest.raises(SchemaValidationError) as expected:
        validation.validate_record(plain, SCHEMA)
    with pytest.raises(SchemaValidationError) as actual:
        validate_record(record, SCHEMA)
    assert str(actual.value) == str(expected.value)


def test_a_valid_record_keeps_its_vector():
    record = dict(RECORD)
    validate_record(record, SCHEMA)
    assert record["vector"] is VECTORS[0] or np.array_equal(record["vector"], VECTORS[0])
