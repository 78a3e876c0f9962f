"""The training snapshot: the input of a generation as one file, which several workers share.

The format is Arrow, not pickle: write access to the store must not allow running code here.
The file holds two streams: the order lines, and a single row with a list for each of the other
columns, which differ in length.
"""

from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from core.recommender.algorithms.als import FactorModel
from core.recommender.training_snapshot import TrainingSnapshot
from core.recommender.visual_neighbours import ItemEmbeddings

_USER_FACTORS, _ITEM_FACTORS = "user factors ", "item factors "
Column = Any
"""A sequence of strings, or an array of numbers."""


def write_snapshot(file: BinaryIO, snapshot: TrainingSnapshot) -> None:
    """Write a snapshot as two Arrow streams."""
    columns: dict[str, Column] = {}
    if snapshot.allowed is not None:
        columns["allowed"] = sorted(snapshot.allowed)
    if snapshot.embeddings is not None:
        columns["embedded skus"] = snapshot.embeddings.skus
        columns["embeddings"] = snapshot.embeddings.vectors.ravel()
    for name, model in snapshot.factors.items():
        columns[_USER_FACTORS + name] = model.user_factors.ravel()
        columns[_ITEM_FACTORS + name] = model.item_factors.ravel()
    others = pa.table({name: _to_list(column) for name, column in columns.items()})
    sales = pa.Table.from_pandas(snapshot.sales, preserve_index=False)
    for table in (sales, others):
        with pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)


def read_snapshot(file: BinaryIO) -> TrainingSnapshot:
    """Read a snapshot that `write_snapshot` wrote."""
    with pa.ipc.open_stream(file) as reader:
        sales = reader.read_pandas()
    with pa.ipc.open_stream(file) as reader:
        batch = reader.read_next_batch()
    columns = {name: _from_list(batch[name]) for name in batch.schema.names}
    factors = _factors(columns, len(sales["user"].cat.categories))
    allowed = frozenset(columns["allowed"]) if "allowed" in columns else None
    return TrainingSnapshot(sales, _embeddings(columns), allowed, factors)


def _to_list(column: Column) -> pa.Array:
    values = pa.array(column)
    return pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), values)


def _from_list(array: pa.Array) -> Column:
    values = array.values
    return values.to_pylist() if pa.types.is_string(values.type) else values.to_numpy()


def _embeddings(columns: Mapping[str, Column]) -> ItemEmbeddings | None:
    if "embeddings" not in columns:
        return None
    skus = columns["embedded skus"]
    return ItemEmbeddings(skus, np.asarray(columns["embeddings"]).reshape(len(skus), -1))


def _factors(columns: Mapping[str, Column], users: int) -> dict[str, FactorModel]:
    models = {}
    for column in columns:
        if column.startswith(_USER_FACTORS):
            name = column.removeprefix(_USER_FACTORS)
            user_factors = np.asarray(columns[column]).reshape(users, -1)
            shape = -1, user_factors.shape[1]
            item_factors = np.asarray(columns[_ITEM_FACTORS + name]).reshape(shape)
            models[name] = FactorModel(user_factors, item_factors)
    return models
