"""What a generation is learned from, as one file: several workers learn the same from it.

Arrow, not pickles: whoever may write into the store must not be able to run anything here. A column
is a list in the file's one row, since they are of unlike lengths.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from core.recommender.algorithms.als import Factors
from core.recommender.visual_similarity import Looks
from core.sales.order_lines import Sales

_OF_USERS, _OF_ITEMS = "users by ", "items by "
Column = Any
"""A sequence of texts, or an array of numbers."""


@dataclass(frozen=True)
class Material:
    """Sales, looks, what may be recommended, and what was learned that is dear to learn."""

    sales: Sales
    looks: Looks | None
    allowed: Collection[str]
    factors: Mapping[str, Factors] = field(default_factory=dict)


def write_material(file: BinaryIO, material: Material) -> None:
    """Write it whole."""
    columns: dict[str, Column] = {
        one.name: getattr(material.sales, one.name) for one in fields(Sales)
    }
    columns["allowed"] = sorted(material.allowed)
    if material.looks is not None:
        columns["pictured"] = material.looks.skus
        columns["looks"] = material.looks.vectors.ravel()
    for name, one in material.factors.items():
        columns[_OF_USERS + name] = one.of_users.ravel()
        columns[_OF_ITEMS + name] = one.of_items.ravel()
    batch = pa.record_batch({name: _listed(column) for name, column in columns.items()})
    with pa.ipc.new_stream(file, batch.schema) as writer:
        writer.write_batch(batch)


def read_material(file: BinaryIO) -> Material:
    """Read what was written so."""
    with pa.ipc.open_stream(file) as reader:
        batch = reader.read_next_batch()
    columns = {name: _column(batch[name]) for name in batch.schema.names}
    sales = Sales(**{one.name: columns[one.name] for one in fields(Sales)})
    return Material(sales, _looks(columns), frozenset(columns["allowed"]), _factors(columns))


def _listed(column: Column) -> pa.Array:
    values = pa.array(column)
    return pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), values)


def _column(listed: pa.Array) -> Column:
    values = listed.values
    return values.to_pylist() if pa.types.is_string(values.type) else values.to_numpy()


def _looks(columns: Mapping[str, Column]) -> Looks | None:
    if "looks" not in columns:
        return None
    skus = columns["pictured"]
    return Looks(skus, np.asarray(columns["looks"]).reshape(len(skus), -1))


def _factors(columns: Mapping[str, Column]) -> dict[str, Factors]:
    names = [name.removeprefix(_OF_USERS) for name in columns if name.startswith(_OF_USERS)]
    users = len(columns["users"])
    found = {}
    for name in names:
        of_users = np.asarray(columns[_OF_USERS + name]).reshape(users, -1)
        of_items = np.asarray(columns[_OF_ITEMS + name]).reshape(-1, of_users.shape[1])
        found[name] = Factors(of_users, of_items)
    return found
