"""Filters by column, compared with the engine's row-by-row evaluation."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from milvus_lite.search.filter import compile_filter
from milvus_lite.search.filter.eval.python_backend import evaluate_python

from core.filters.parse import parse_filter
from core.vectors.expressions import encode_attributes, from_filter
from embedded.milvus_lite_patches.filters import matching
from tests.embedded.milvus_lite_patches.engine_rows import SCHEMA, rows_of
from tests.support.random_filters import ATTRIBUTES, FILTERS, passes

# Attributes as the engine may store them, also those that Lookalike does not write
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 1.0, -0.0, 1e300]),
    st.sampled_from(["", "a", "b", "1", "é"]), st.sampled_from([[1, "a"], ["a", "b"], []]),
    st.just({"a": 1}),
)  # fmt: skip
NAMES = st.sampled_from(["p", "q", "text:r"])
DOCUMENTS = st.one_of(
    st.dictionaries(NAMES, VALUES).map(json.dumps),
    st.sampled_from(["null", "[1]", '"p"', "5", "", "{", "NaN", '{"p": NaN}']),
)
LITERALS = st.sampled_from(["0", "1", "2", "-3", "0.5", "1.0", '"a"', '""', '"1"', "true", "false"])
FIELDS = NAMES.map('attributes["{}"]'.format)
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
TESTS = st.one_of(
    st.builds(
        "{} {} {}".format, FIELDS, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), LITERALS
    ),
    st.builds("exists {}".format, FIELDS),
    st.builds("{} is null".format, FIELDS),
    st.builds("{} < {}".format, FIELDS, FIELDS),
    st.builds('{} like "a%"'.format, FIELDS),
    st.builds("array_contains({}, 1)".format, FIELDS),
    st.builds('json_contains_any({}, ["a", "{{"])'.format, FIELDS),
    st.builds('{}["a"] == 1'.format, FIELDS),
    st.just('id in ["k0", "k2"]'),
)
EXPRESSIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("(not {})".format, inner),
    ),
)
CHAINS = st.lists(LITERALS, min_size=2).map(
    lambda texts: "(" + " or ".join(f'attributes["p"] == {text}' for text in texts) + ")"
)


@given(documents=st.lists(DOCUMENTS, max_size=8), expression=EXPRESSIONS | CHAINS)
def test_a_filter_matches_the_rows_that_the_engine_matches(documents, expression):
    rows, compiled = rows_of(documents), compile_filter(expression, SCHEMA)
    assert matching(compiled, rows).tolist() == evaluate_python(compiled, rows.table).to_pylist()


@given(
    items=st.lists(st.dictionaries(NAMES, VALUES), max_size=8),
    name=NAMES,
    operator=st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte"]),
    value=st.sampled_from([0, 1, 0.5, "a", ""]),
    accepted=st.lists(st.sampled_from([0, 1, 2, "a", "b", True]), min_size=1),
)
def test_the_filters_of_requests_find_the_items_that_they_describe(
    items, name, operator, value, accepted
):
    where = parse_filter({name: {operator: value, "in": accepted}, "q": {"ne": "b"}})
    rows = rows_of([json.dumps(encode_attributes(item)) for item in items])
    mask = matching(compile_filter(from_filter(where, lite=True), SCHEMA), rows)
    assert mask.tolist() == [where.matches(item) for item in items]


@given(items=st.lists(ATTRIBUTES, max_size=8), where=FILTERS)
def test_combined_filters_find_the_items_that_they_describe(items, where):
    rows = rows_of([json.dumps(encode_attributes(item)) for item in items])
    expression = from_filter(parse_filter(where), lite=True)
    mask = matching(compile_filter(expression, SCHEMA), rows)
    assert mask.tolist() == [passes(where, item) for item in items]


def test_a_filter_may_name_thousands_of_values():
    rows = rows_of([json.dumps({"number:n": float(n)}) for n in range(5_000)])
    where = " or ".join(f'attributes["number:n"] == {n}.0' for n in range(0, 9_000, 3))
    mask = matching(compile_filter(where, SCHEMA), rows)
    assert mask.nonzero()[0].tolist() == list(range(0, 5_000, 3))


def test_rows_added_later_match_too_and_earlier_rows_stay_as_they_were():
    documents = [json.dumps({"number:n": float(n % 2)}) for n in range(6)]
    attributes = {}
    early, late = (replace(rows_of(documents[:n]), attributes=attributes) for n in (4, 6))
    compiled = compile_filter('attributes["number:n"] == 1.0', SCHEMA)
    for rows in (early, late, early):
        assert matching(compiled, rows).tolist() == [n % 2 == 1 for n in range(len(rows))]
