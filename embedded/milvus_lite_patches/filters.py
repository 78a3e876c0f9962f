"""Evaluates filters on attributes by column; the engine itself evaluates them row by row.

As in the engine, a condition on a missing value, or on values that cannot be compared, is neither
true nor false, and neither is its negation.
"""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from milvus_lite.schema.types import DataType
from milvus_lite.search.filter import evaluate_mask
from milvus_lite.search.filter.ast import (
    And,
    ArrayContainsOp,
    BoolLit,
    CmpOp,
    FieldRef,
    FloatLit,
    IntLit,
    IsNullOp,
    ListLit,
    Not,
    Or,
    PathAccess,
    StringLit,
)
from milvus_lite.search.filter.eval import python_backend
from numpy.typing import NDArray

from embedded.milvus_lite_patches.attribute_columns import COMPOUND, Column
from embedded.milvus_lite_patches.rows import Rows

Mask = NDArray[np.bool_]

_LITERALS = IntLit | FloatLit | StringLit | BoolLit
_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True)
class Truth:
    """For each row, or each value of a column, whether a condition is true, and whether false."""

    true: Mask
    false: Mask

    def __invert__(self) -> "Truth":
        return Truth(self.false, self.true)


def matching(compiled: Any, rows: Rows) -> Mask:
    """Return which rows match a filter that the engine has compiled."""
    if compiled.backend == "arrow":  # the filter reads no attributes
        return evaluate_mask(compiled, rows.table)  # type: ignore[no-any-return]
    return _Evaluation(compiled.fields, rows).of(compiled.ast).true


@dataclass(frozen=True)
class _Evaluation:
    """Evaluates conditions on these rows; the filter reads these fields."""

    fields: dict[str, Any]
    rows: Rows

    def of(self, node: Any) -> Truth:
        match node:
            case Or() if chain := self._equal_values(node):
                return self._test(chain[0].left, "==", [test.right.value for test in chain])
            case And() | Or():
                return _combine(node, [self.of(operand) for operand in node.operands])
            case Not():
                return ~self.of(node.operand)
        return self._test_of(node)

    def _test_of(self, node: Any) -> Truth:
        match node:
            case CmpOp() if self._is_attribute(node.left) and isinstance(node.right, _LITERALS):
                return self._test(node.left, node.op, [node.right.value])
            case IsNullOp() if self._is_attribute(node.field):
                column = self._column(node.field)
                present = self._spread(column, np.ones(len(column.values), bool))
                return Truth(present, ~present) if node.negate else Truth(~present, present)
            case ArrayContainsOp(mode="any", values=ListLit()) if self._is_list_of_texts(node):
                return self._contains(node)
        return self._row_by_row(node)

    def _is_attribute(self, node: Any) -> bool:
        """Return whether the node is an attribute, rather than something inside of one."""
        return (
            isinstance(node, PathAccess)
            and isinstance(node.base, FieldRef)
            and self.fields[node.base.name].dtype == DataType.JSON
            and [type(part) for part in node.path] == [str]
        )

    def _equal_values(self, node: Any) -> list[Any]:
        """Return the tests of a chain of `==` on one attribute, which is how `in` is written."""
        tests = list(_flatten_or(node))
        is_chain = all(
            isinstance(test, CmpOp)
            and test.op == "=="
            and self._is_attribute(test.left)
            and isinstance(test.right, _LITERALS)
            for test in tests
        )
        names = {(test.left.base.name, test.left.path) for test in tests} if is_chain else set()
        return tests if len(names) == 1 else []

    def _test(self, attribute: Any, sign: str, literals: list[Any]) -> Truth:
        column = self._column(attribute)
        by_value = _compare(column, sign, literals)
        return Truth(self._spread(column, by_value.true), self._spread(column, by_value.false))

    def _is_list_of_texts(self, node: Any) -> bool:
        return (
            self._is_attribute(node.value)
            and COMPOUND not in self._column(node.value).code_of
            and all(isinstance(element, StringLit) for element in node.values.elements)
        )

    def _contains(self, node: Any) -> Truth:
        """Unlike comparisons, this is false, rather than neither, if the attribute is missing."""
        wanted = {element.value for element in node.values.elements}
        column = self._column(node.value)
        lists = (value if isinstance(value, tuple) else () for value in column.values)
        by_value = np.array([not wanted.isdisjoint(value) for value in lists], bool)
        holds = self._spread(column, by_value)
        return Truth(holds, ~holds)

    def _column(self, attribute: Any) -> Column:
        return self.rows.attribute(attribute.base.name, attribute.path[0])

    def _spread(self, column: Column, by_value: Mask) -> Mask:
        mask = np.zeros(len(self.rows), bool)
        mask[column.rows] = by_value[column.codes]
        return mask

    def _row_by_row(self, node: Any) -> Truth:
        rows = self.rows.table.select(list(self.fields)).to_pylist()
        outcomes = [python_backend._eval_row(node, row) for row in rows]
        return Truth(*(np.array([o is truth for o in outcomes], bool) for truth in (True, False)))


def _compare(column: Column, sign: str, literals: list[Any]) -> Truth:
    """Compare the values of a column with a literal; with `==`, also with any of several."""
    if sign in {"==", "!="}:
        equal = np.zeros(len(column.values), bool)
        equal[[column.code_of[value] for value in literals if value in column.code_of]] = True
        return Truth(equal, ~equal) if sign == "==" else Truth(~equal, equal)
    compare, (literal,) = _ORDERS[sign], literals
    if column.floats is not None and type(literal) is float:
        holds = compare(column.floats, literal)
        return Truth(holds, ~holds)
    outcomes = [_try(compare, value, literal) for value in column.values]
    return Truth(*(np.array([o is truth for o in outcomes], bool) for truth in (True, False)))


def _try(compare: Any, value: Any, literal: Any) -> bool | None:
    try:
        return compare(value, literal)  # type: ignore[no-any-return]
    except TypeError:
        return None


def _combine(node: Any, parts: list[Truth]) -> Truth:
    true, false = [part.true for part in parts], [part.false for part in parts]
    if isinstance(node, And):
        return Truth(np.logical_and.reduce(true), np.logical_or.reduce(false))
    return Truth(np.logical_or.reduce(true), np.logical_and.reduce(false))


def _flatten_or(node: Any) -> Iterator[Any]:
    for operand in node.operands if isinstance(node, Or) else (node,):
        if isinstance(operand, Or):
            yield from _flatten_or(operand)
        else:
            yield operand
