"""Random filters and attributes for property tests, and an oracle apart from our code."""

import operator

from hypothesis import strategies as st

NAMES = st.sampled_from(["p", "q", "or", "not", "a'b"])
TEXTS = st.sampled_from(["", "a", "b", "1", "true", "é", 'a"b', "a\\b", "number:1.0"])
NUMBERS = st.sampled_from([0, 1, 1.0, -0.0, 2.5, -3, 1e300])
SCALARS = st.one_of(st.booleans(), NUMBERS, TEXTS)
LISTS = st.lists(st.one_of(SCALARS, st.none(), st.just({"a": 1}), st.just(["a"])), max_size=4)
VALUES = st.one_of(SCALARS, LISTS, st.none(), st.just({"a": 1}))
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=4)

ORDERS = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}
TESTS = st.one_of(
    st.tuples(st.sampled_from(["eq", "ne"]), SCALARS),
    st.tuples(st.sampled_from(sorted(ORDERS)), st.one_of(NUMBERS, TEXTS)),
    st.tuples(st.sampled_from(["in", "contains"]), st.lists(SCALARS, min_size=1, max_size=3)),
    st.tuples(st.just("contains"), SCALARS),
    st.tuples(st.just("exists"), st.booleans()),
)
OPERATIONS = st.recursive(
    st.one_of(SCALARS, st.lists(TESTS, min_size=1, max_size=2).map(dict)),
    lambda inner: st.builds(lambda operations: {"not": operations}, inner),
    max_leaves=2,
)
WRITTEN = {"or": "\\or", "and": "\\and", "not": "\\not"}
CONDITIONS = st.dictionaries(
    NAMES.map(lambda name: WRITTEN.get(name, name)), OPERATIONS, min_size=1, max_size=2
)
FILTERS = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.builds(
            lambda word, parts: {word: parts},
            st.sampled_from(["or", "and"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda part: {"not": part}, inner),
        st.builds(lambda left, right: {**left, **right}, inner, CONDITIONS),
    ),
    max_leaves=5,
)


def passes(where, attributes):
    """Return whether attributes pass a filter, straight from the language's description."""
    return all(_member_holds(name, value, attributes) for name, value in where.items())


def _member_holds(name, value, attributes):
    if name == "or":
        return any(passes(part, attributes) for part in value)
    if name == "and":
        return all(passes(part, attributes) for part in value)
    if name == "not":
        return not passes(value, attributes)
    return _operations_hold(value, attributes.get(name.removeprefix("\\")))


def _operations_hold(operations, actual):
    if not isinstance(operations, dict):
        return _equal(actual, operations)
    return all(_holds(sign, operand, actual) for sign, operand in operations.items())


def _holds(sign, operand, actual):
    wanted = operand if isinstance(operand, list) else [operand]
    if sign == "not":
        return not _operations_hold(operand, actual)
    if sign == "exists":
        return (actual is not None) == operand
    if sign == "contains":
        elements = actual if isinstance(actual, list) else []
        return any(_equal(element, value) for element in elements for value in wanted)
    if sign in {"eq", "in"}:
        return any(_equal(actual, value) for value in wanted)
    comparable = _kind(actual) is not None and _kind(actual) == _kind(operand)
    return comparable and (operator.ne if sign == "ne" else ORDERS[sign])(actual, operand)


def _equal(left, right):
    return _kind(left) is not None and _kind(left) == _kind(right) and left == right


def _kind(value):
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float
    return type(value) if isinstance(value, bool | str) else None
