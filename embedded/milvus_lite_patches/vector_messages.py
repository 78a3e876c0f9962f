"""Converts vectors between protobuf messages and arrays; the engine converts number by number."""

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
from milvus_lite.adapter.grpc.translators import records
from milvus_lite.engine import collection
from milvus_lite.schema import validation
from milvus_lite.schema.types import DataType
from pymilvus.grpc_gen import schema_pb2

from embedded.milvus_lite_patches.rows import Floats

_FLOAT_VECTOR = schema_pb2.DataType.FloatVector
_build_field_data = records._build_field_data
_extract_vector_column = records._extract_vector_column


@functools.cache
def apply() -> None:
    """Patch the engine of this process; later calls do nothing."""
    records._build_field_data = build_field_data
    records._extract_vector_column = extract_vector_column
    collection.validate_record = validate_record


def extract_vector_column(message: Any, dtype: int, num_rows: int) -> list[Any]:
    """Return the vectors of a message, which has as many as rows."""
    numbers = to_array(message.vectors.float_vector)
    if dtype != _FLOAT_VECTOR or len(numbers) != num_rows * message.vectors.dim:
        return _extract_vector_column(message, dtype, num_rows)  # type: ignore[no-any-return]
    return list(numbers.reshape(num_rows, -1))


def build_field_data(name: str, schema: Any, column: list[Any]) -> Any:
    """Return a message with the values of a field."""
    if schema.dtype != DataType.FLOAT_VECTOR or not column:
        return _build_field_data(name, schema, column)
    numbers = to_message(np.concatenate(column))
    vectors = schema_pb2.VectorField(dim=schema.dim, float_vector=numbers)
    return schema_pb2.FieldData(field_name=name, type=_FLOAT_VECTOR, vectors=vectors)


def to_message(numbers: Floats) -> Any:
    """Return a message with these numbers, which is encoded as one with their bytes."""
    encoded = schema_pb2.BytesArray(data=[numbers.astype("<f4").tobytes()]).SerializeToString()
    return schema_pb2.FloatArray.FromString(encoded)


def to_array(message: Any) -> Floats:
    """Return the numbers in a message."""
    decoded = schema_pb2.BytesArray.FromString(message.SerializeToString())
    return np.frombuffer(b"".join(decoded.data), "<f4")


class _CheckedVector(list[float]):
    """A vector whose numbers protobuf has checked; it has a length, but yields no items."""

    def __init__(self, vector: Floats) -> None:
        self._length = len(vector)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[float]:
        return iter(())


def validate_record(record: dict[str, Any], schema: Any, default_properties: Any = None) -> None:
    """Validate a record as the engine does, but without checking each number of its vectors."""
    vectors = {name: value for name, value in record.items() if isinstance(value, np.ndarray)}
    record.update({name: _CheckedVector(vector) for name, vector in vectors.items()})
    try:
        validation.validate_record(record, schema, default_properties)
    finally:
        record.update(vectors)
