"""What every vector store must do; the in-memory store is the oracle, so all run the same tests."""

import contextlib
import os
import uuid
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from pymilvus import MilvusClient

from core.domain import Match
from core.errors import Conflict, InvalidInput, NotFound
from core.filters.parse import parse_filter
from core.vectors import VectorRow
from core.vectors.expressions import encode_attributes
from core.vectors.milvus import MilvusVectors
from tests.support.external.full_milvus import full_milvus
from tests.support.memory_vectors import MemoryVectors
from tests.support.random_filters import ATTRIBUTES, FILTERS, passes
from tests.support.servers import milvus_server

DIM = 16
AHEAD = 6
NASTY = [
    "x", "z", "x'] or sku not in ['z", 'x"] or sku not in ["z', "'", '"', "\\", '\\"', "a\\'b", "%",
    "_", "x%y", "{sku}", "a b", "élan", "日本", "🧥", "a\u2019b", "] or id != ''", "--", "#", "x,y",
    '" or 1 == 1 or sku == "', "$meta", "null", "true", "7", "s" * 128, "🧥" * 128,
]  # fmt: skip


@pytest.fixture(scope="module")
def lite_url(tmp_path_factory):
    with milvus_server(tmp_path_factory.mktemp("milvus")) as url:
        yield url


@pytest.fixture(scope="module")
def full_url(tmp_path_factory):
    """A complete Milvus; set `LOOKALIKE_TEST_MILVUS` to the URL of your own to use that."""
    with contextlib.ExitStack() as stack:
        own = os.environ.get("LOOKALIKE_TEST_MILVUS")
        yield own or stack.enter_context(full_milvus(tmp_path_factory.mktemp("m")))


@pytest.fixture(scope="module")
def lite(lite_url):
    return MilvusVectors(lite_url)


@pytest.fixture(scope="module")
def full(full_url):
    return MilvusVectors(full_url)


@pytest.fixture(
    params=["memory", *(pytest.param(kind, marks=pytest.mark.stack) for kind in ("lite", "full"))]
)
def store(request):
    if request.param == "memory":
        return MemoryVectors()
    return request.getfixturevalue(request.param)


@pytest.fixture
def milvus_url(request):
    """The URL of the server under test; None for the in-memory store."""
    kind = request.node.callspec.params["store"]
    return None if kind == "memory" else request.getfixturevalue(f"{kind}_url")


@pytest.fixture(scope="module")
def premade_index(full):
    """Creates indexes while tests use others: a complete Milvus takes three seconds for each."""
    with ThreadPoolExecutor(AHEAD) as pool:
        pending = deque(pool.submit(make_index, full) for _ in range(AHEAD))

        def take():
            pending.append(pool.submit(make_index, full))
            return pending.popleft().result()

        yield take


def make_index(store):
    name = f"test_{uuid.uuid4().hex}"
    store.create(name, DIM)
    return name


@pytest.fixture
def index(request, store):
    is_slow = request.node.callspec.params["store"] == "full"
    name = request.getfixturevalue("premade_index")() if is_slow else make_index(store)
    yield name
    store.drop(name)


@pytest.fixture(scope="module")
def lite_index(lite):
    name = make_index(lite)
    yield name
    lite.drop(name)


@pytest.fixture(scope="module")
def full_index(full):
    name = make_index(full)
    yield name
    full.drop(name)


@pytest.fixture
def emptied_index(request, store):
    """An empty index that earlier tests have used: to make one costs more than to empty it."""
    kind = request.node.callspec.params["store"]
    name = make_index(store) if kind == "memory" else request.getfixturevalue(f"{kind}_index")
    yield name
    store.delete(name, sorted({sku for sku, _ in store.keys(name)}))


def random_vectors(count, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, DIM)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def count(store, index):
    return len(list(store.keys(index)))


def row(sku, vector=None, view="main", **attributes):
    return VectorRow(sku, view, random_vectors(1)[0] if vector is None else vector, attributes)


@pytest.mark.stack
@pytest.mark.parametrize("store", ["lite", "full"], indirect=True)
def test_what_one_client_writes_another_finds_at_once(store, index, milvus_url):
    other = MilvusVectors(milvus_url)
    for n, vector in enumerate(random_vectors(20)):
        store.upsert(index, [row(f"A-{n}", vector)])
        assert other.nearest(index, vector, limit=1)[0].sku == f"A-{n}"
        store.delete(index, [f"A-{n}"])
        assert other.nearest(index, vector, limit=1) == []


def test_the_same_image_comes_first_and_scores_1(store, index):
    vectors = random_vectors(50)
    store.upsert(index, [row(f"s{n}", vector) for n, vector in enumerate(vectors)])
    assert store.nearest(index, vectors[7], limit=1) == [Match("s7", "main", 1.0)]


def test_the_nearest_are_those_of_an_exhaustive_comparison(store, index):
    vectors, query = random_vectors(300), random_vectors(1, seed=1)[0]
    views = ("back", "front", "side")
    store.upsert(index, [row(f"s{n // 3}", v, views[n % 3]) for n, v in enumerate(vectors)])
    cosines = (vectors @ query).reshape(100, 3)
    order = np.argsort(-cosines.max(axis=1))[:20]
    matches = store.nearest(index, query, limit=20)
    assert [m.sku for m in matches] == [f"s{n}" for n in order]
    assert [m.view for m in matches] == [views[cosines[n].argmax()] for n in order]
    assert [m.score for m in matches] == pytest.approx(cosines.max(axis=1)[order], abs=2e-6)


def test_stored_vectors_have_length_one_and_scores_are_proportional_to_that_of_the_query(
    store, index
):
    vector = random_vectors(1)[0]
    store.upsert(index, [row("a", vector * 40), row("b", -vector)])
    assert store.nearest(index, vector / 4, limit=5) == [
        Match("a", "main", 0.25), Match("b", "main", 0.0)
    ]  # fmt: skip
    long, short = store.nearest_each(index, [vector * 40, vector / 2], limit=1, min_score=0.3)
    assert [*long, *short] == [Match("a", "main", 1.0), Match("a", "main", 0.5)]
    assert store.nearest(index, vector / 4, limit=5, min_score=0.3) == []
    assert np.linalg.norm(store.item_vectors(index, "a")["main"]) == pytest.approx(1, abs=1e-6)


def test_many_views_of_one_item_do_not_hide_the_others(store, index):
    query = random_vectors(1)[0]
    store.upsert(index, [row("many", query, view=f"v{n}") for n in range(400)])
    store.upsert(
        index, [row(f"s{n}", vector) for n, vector in enumerate(random_vectors(5, seed=2))]
    )
    matches = store.nearest(index, query, limit=4)
    assert len({match.sku for match in matches}) == 4
    assert matches[0] == Match("many", "v0", 1.0)


def test_equal_scores_are_ordered_by_sku_before_the_limit_applies(store, index):
    query = random_vectors(1)[0]
    skus = [f"s{n:03}" for n in np.random.default_rng(3).permutation(200)]
    store.upsert(index, [row(sku, query) for sku in skus])
    assert [match.sku for match in store.nearest(index, query, limit=3)] == ["s000", "s001", "s002"]


def test_matches_below_the_minimum_score_are_left_out(store, index):
    base, other = np.eye(DIM, dtype=np.float32)[:2]
    close = base * 0.9 + other * np.sqrt(1 - 0.81)
    store.upsert(index, [row("same", base), row("close", close), row("far", other)])
    matches = store.nearest(index, base, limit=9, min_score=0.85)
    assert [match.sku for match in matches] == ["same", "close"]


def test_many_searches_in_one_call_find_what_each_finds_alone(store, index):
    vectors, queries = random_vectors(300), random_vectors(12, seed=1)
    store.upsert(index, [row(f"s{n // 3}", v, view=str(n % 3)) for n, v in enumerate(vectors)])
    store.upsert(index, [row("many", queries[4], view=f"v{n}") for n in range(100)])
    store.upsert(index, [row("cheap", queries[0], view="cheap", price=5)])
    cheap = parse_filter('{"price": {"lt": 9}}')
    for options in ({"limit": 9}, {"limit": 2, "min_score": 0.4}, {"limit": 3, "filter": cheap}):
        alone = [store.nearest(index, query, **options) for query in queries]
        together = store.nearest_each(index, queries, **options)
        for left, right in zip(together, alone, strict=True):
            assert [(m.sku, m.view) for m in left] == [(m.sku, m.view) for m in right]
            assert [m.score for m in left] == pytest.approx([m.score for m in right], abs=2e-6)
    assert [match.sku for match in alone[0]] == ["cheap"]


VALUES = [
    5, 5.0, 5.5, -5, 0, -0.0, 1, True, False, 1e300, -1e-300, 5e-324, 2**53 + 1, 10**20, 10**400,
    "5", "", "1", "true", "null", "e", "dress", "Dress", "dresses", "élan", "日本", "🧥", " 5",
    'a"b', "a'b", "a\\b", "\\", '"', "a%", "a]b", "a][b", '" or 1 == 1', "x" * 512,
    "line\nbreak", "\x00", "\x07", None, [5], ["dress"], {"eq": 5},
]  # fmt: skip
ORDERED = [5, 5.5, -5, 0, 2**53, 5e-324, "5", "", "dress", 'a"b', "\\", "é"]
CONDITIONS = [{sign: value} for value in ORDERED for sign in ("eq", "ne", "lt", "lte", "gt", "gte")]
CONDITIONS += [{sign: value} for value in (True, False) for sign in ("eq", "ne")]
CONDITIONS += [{"in": [5, "dress", True]}, {"gte": 0, "lt": 6}, {"ne": 5, "gt": 1}]
CONDITIONS += [{"exists": True}, {"exists": False}, {"contains": 5}, {"contains": ["dress", True]}]
CONDITIONS += [{"not": condition} for condition in CONDITIONS[::3]]
KEYS = [
    "price",
    'a"b',
    "a'b",
    "a\\b",
    "a.b",
    "a/b",
    "a~b",
    "a][b",
    "é",
    "🧥",
    " ",
    "$meta",
    "sku",
    "%",
]


def test_every_operator_on_every_kind_of_value_agrees_with_the_filter(store, index):
    items = {f"s{n}": {"price": value} for n, value in enumerate(VALUES)} | {"none": {}}
    store.upsert(index, [row(sku, **attributes) for sku, attributes in items.items()])
    query = random_vectors(1)[0]
    for condition in CONDITIONS:
        where = parse_filter({"price": condition})
        expected = {sku for sku, attributes in items.items() if where.matches(attributes)}
        matches = store.nearest(index, query, limit=100, filter=where)
        assert {match.sku for match in matches} == expected, condition


ITEMS = 150


def test_random_filters_find_what_an_independent_oracle_finds(store, index):
    examples = deque(maxlen=ITEMS)

    @settings(max_examples=ITEMS, database=None, phases=[Phase.generate])
    @given(attributes=ATTRIBUTES)
    def fill(attributes):
        examples.append(attributes)

    fill()
    items = dict(enumerate(examples))
    store.upsert(index, [row(str(sku), None, **attributes) for sku, attributes in items.items()])
    query = random_vectors(1)[0]

    @settings(max_examples=60, deadline=None)
    @given(where=FILTERS)
    def check(where):
        matches = store.nearest(index, query, limit=ITEMS, filter=parse_filter(where))
        expected = {str(sku) for sku, attributes in items.items() if passes(where, attributes)}
        assert {match.sku for match in matches} == expected

    check()


@pytest.mark.parametrize("value", [v for v in VALUES if isinstance(v, str) and v.isprintable()])
def test_a_filter_finds_a_text_with_any_characters(store, emptied_index, value):
    store.upsert(emptied_index, [row("it", price=value), row("other", price=f"{value}.")])
    matches = store.nearest(
        emptied_index, random_vectors(1)[0], limit=9, filter=parse_filter({"price": value})
    )
    assert [match.sku for match in matches] == ["it"]


@pytest.mark.parametrize("key", KEYS)
def test_a_filter_finds_an_attribute_with_any_name(store, emptied_index, key):
    items = [VectorRow("it", "main", random_vectors(1)[0], {key: 5}), row("other", any=5)]
    store.upsert(emptied_index, items)
    matches = store.nearest(
        emptied_index, random_vectors(1)[0], limit=9, filter=parse_filter({key: {"gt": 4}})
    )
    assert [match.sku for match in matches] == ["it"]


def test_the_largest_filter_works(store, index):
    store.upsert(index, [row("it", **{f"a{n}": 99 for n in range(32)}), row("other")])
    where = parse_filter({f"a{n}": {"in": list(range(100))} for n in range(32)})
    assert [m.sku for m in store.nearest(index, random_vectors(1)[0], limit=9, filter=where)] == [
        "it"
    ]


def test_writing_a_row_again_replaces_the_whole_row(store, index):
    old, new = random_vectors(2)
    store.upsert(index, [row("a", old, colour="red", price=1)])
    store.upsert(index, [row("a", new, price=2)])
    assert count(store, index) == 1
    assert store.item_vectors(index, "a")["main"] == pytest.approx(new, abs=1e-6)
    assert store.nearest(index, new, limit=1, filter=parse_filter({"colour": "red"})) == []


def test_the_last_of_two_rows_with_the_same_key_wins(store, index):
    old, new = random_vectors(2)
    store.upsert(index, [row("a", old), row("a", new)])
    assert count(store, index) == 1
    assert store.nearest(index, new, limit=1)[0].score == 1.0


def test_deleting_an_item_removes_all_its_views_and_nothing_else(store, index):
    store.upsert(index, [row(sku, view=view) for sku in "abc" for view in ("main", "back")])
    store.delete(index, ["a", "c", "unknown"])
    assert sorted(store.keys(index)) == [("b", "back"), ("b", "main")]
    assert [match.sku for match in store.nearest(index, random_vectors(1)[0], limit=9)] == ["b"]


def test_deleting_views_leaves_the_other_views(store, index):
    store.upsert(index, [row(sku, view=view) for sku in "ab" for view in ("main", "back", "side")])
    store.delete_views(index, "a", ["back", "side", "unknown"])
    assert set(store.item_vectors(index, "a")) == {"main"}
    assert count(store, index) == 4


def test_skus_of_any_printable_text_stay_distinct(store, index):
    vectors = dict(zip(NASTY, random_vectors(len(NASTY)), strict=True))
    store.upsert(index, [row(sku, vector, view=sku) for sku, vector in vectors.items()])
    assert sorted(store.keys(index)) == sorted((sku, sku) for sku in NASTY)
    for sku, vector in vectors.items():
        assert store.item_vectors(index, sku)[sku] == pytest.approx(vector, abs=1e-6)
        assert store.nearest(index, vector, limit=1)[0].sku == sku


@pytest.mark.parametrize("sku", NASTY)
def test_deleting_a_sku_that_is_an_expression_deletes_only_it(store, emptied_index, sku):
    store.upsert(emptied_index, [row(other, view=sku) for other in NASTY])
    store.delete_views(emptied_index, sku, ["x'] or id not in ['z", 'x"] or id not in ["z'])
    assert count(store, emptied_index) == len(NASTY)
    store.delete(emptied_index, [sku])
    assert sorted(store.keys(emptied_index)) == sorted(
        (other, sku) for other in NASTY if other != sku
    )


def test_vectors_of_some_views_are_read_in_one_call(store, index):
    vectors = dict(zip(NASTY, random_vectors(len(NASTY)), strict=True))
    store.upsert(index, [row(sku, vector, view=sku) for sku, vector in vectors.items()])
    keys = [(sku, sku) for sku in NASTY[:2]]
    read = store.vectors_of(index, [*keys, (NASTY[0], "unknown")])
    assert set(read) == set(keys)
    for sku, _ in keys:
        assert read[sku, sku] == pytest.approx(vectors[sku], abs=1e-6)


def test_attributes_are_replaced_and_vectors_stay(store, index):
    views = dict(zip(("main", "back"), random_vectors(2), strict=True))
    store.upsert(index, [row("a", vector, view, colour="red") for view, vector in views.items()])
    store.set_attributes(index, {"a": {"size": 38}, "unknown": {"size": 38}})
    matches = store.nearest(index, views["back"], limit=9, filter=parse_filter({"size": 38}))
    assert matches == [Match("a", "back", 1.0)]
    assert (
        store.nearest(index, views["back"], limit=9, filter=parse_filter({"colour": "red"})) == []
    )
    assert count(store, index) == 2


def test_attributes_are_read_as_filters_compare_them(store, index):
    attributes = {"a b~": "ä", "n": 5, "x": 0.1, "yes": True, "big": 10**20, "list": [1]}
    store.upsert(index, [row("a", None, "main", **attributes), row("b", None, "back")])
    rows = {(sku, view): stored for sku, view, stored in store.attributes(index)}
    assert rows == {("a", "main"): encode_attributes(attributes), ("b", "back"): {}}
    assert [sku for sku, _, _ in store.attributes(index, "b")] == ["b"]
    assert list(store.attributes(index, "c")) == []


def test_each_of_many_skus_gets_its_own_attributes(store, index):
    store.upsert(
        index, [row(f"A-{n}", vector, n=0) for n, vector in enumerate(random_vectors(250))]
    )
    store.set_attributes(index, {f"A-{n}": {"n": n} for n in range(250)})
    for n in (0, 99, 100, 249):
        matches = store.nearest(index, random_vectors(1)[0], limit=9, filter=parse_filter({"n": n}))
        assert [match.sku for match in matches] == [f"A-{n}"]


def test_an_index_is_created_once_and_dropped_once(store, index):
    store.upsert(index, [row("a")])
    store.create(index, DIM)
    assert count(store, index) == 1
    with pytest.raises(Conflict, match="dimension 16, not 8"):
        store.create(index, 8)
    store.drop(index)
    store.drop(index)
    store.create(index, 8)
    assert count(store, index) == 0


CALLS = {
    "upsert": lambda store, index: store.upsert(index, [row("a")]),
    "delete": lambda store, index: store.delete(index, ["a"]),
    "delete_views": lambda store, index: store.delete_views(index, "a", ["main"]),
    "nearest": lambda store, index: store.nearest(index, random_vectors(1)[0], limit=1),
    "item_vectors": lambda store, index: store.item_vectors(index, "a"),
    "set_attributes": lambda store, index: store.set_attributes(index, {"a": {}}),
    "keys": lambda store, index: list(store.keys(index)),
    "attributes": lambda store, index: list(store.attributes(index)),
    "attributes of a SKU": lambda store, index: list(store.attributes(index, "a")),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_missing_index_is_named_in_the_error(store, call):
    with pytest.raises(NotFound, match="never_created"):
        call(store, "never_created")


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("name", ["", "A", "a-b", "a b", "1a", "a" * 201, "x'] or"])
def test_an_invalid_index_name_is_refused(store, call, name):
    with pytest.raises(InvalidInput, match="index"):
        call(store, name)


INVALID_ROWS = {
    "nan": row("a", np.full(DIM, np.nan)),
    "infinite": row("a", np.full(DIM, np.inf)),
    "zero": row("a", np.zeros(DIM)),
    "short": row("a", np.ones(DIM - 1)),
    "empty sku": row(""),
    "long sku": row("s" * 129),
    "control": row("a\x00b"),
    "surrogate": row("a\ud800"),
    "view": row("a", view="\n"),
}


@pytest.mark.parametrize("bad", INVALID_ROWS.values(), ids=INVALID_ROWS)
def test_one_invalid_row_prevents_the_whole_write(store, emptied_index, bad):
    with pytest.raises(InvalidInput):
        store.upsert(emptied_index, [row("good"), bad])
    assert count(store, emptied_index) == 0


@pytest.mark.parametrize("vector", [np.zeros(DIM), np.full(DIM, np.nan), np.ones(DIM + 1)])
def test_an_invalid_query_vector_is_refused(store, emptied_index, vector):
    store.upsert(emptied_index, [row("a")])
    with pytest.raises(InvalidInput):
        store.nearest(emptied_index, vector, limit=1)


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_a_limit_out_of_range_is_refused(store, emptied_index, limit):
    with pytest.raises(InvalidInput, match="limit"):
        store.nearest(emptied_index, random_vectors(1)[0], limit=limit)


def test_an_empty_index_has_nothing(store, index):
    assert store.nearest(index, random_vectors(1)[0], limit=5) == []
    assert store.item_vectors(index, "a") == {}
    assert list(store.keys(index)) == []
    store.upsert(index, [])
    store.delete(index, [])
    store.delete_views(index, "a", [])
    assert count(store, index) == 0


def test_keys_yields_all_rows_of_several_pages(store, index):
    expected = {(f"s{n:04}", "main") for n in range(5_300)}
    store.upsert(index, [row(sku, random_vectors(1)[0]) for sku, _ in sorted(expected)])
    assert set(store.keys(index)) == expected
    assert count(store, index) == 5_300


def test_vectors_yields_all_rows_of_several_pages(store, index):
    expected = random_vectors(1_100, seed=5)
    store.upsert(index, [row(str(n), vector) for n, vector in enumerate(expected)])
    actual = {sku: vector for sku, _, vector in store.vectors(index)}
    assert set(actual) == {str(n) for n in range(1_100)}
    rows = np.stack([actual[str(n)] for n in range(1_100)])
    np.testing.assert_allclose(rows, expected, atol=1e-6)


def test_vectors_yields_every_view_of_an_item(store, index):
    store.upsert(index, [row("a", view="front"), row("a", view="back"), row("b")])
    assert sorted(sku for sku, _, _ in store.vectors(index)) == ["a", "a", "b"]


def test_every_write_is_seen_by_the_next_read(store, index):
    for vector in random_vectors(40):
        store.upsert(index, [row("a", vector)])
        assert store.nearest(index, vector, limit=1)[0].score == 1.0
        store.delete(index, ["a"])
        assert count(store, index) == 0


def test_searches_agree_before_and_after_a_flush(store, index, milvus_url):
    vectors = random_vectors(200)
    store.upsert(index, [row(f"s{n}", v, even=n % 2 == 0) for n, v in enumerate(vectors)])
    store.upsert(index, [row("s0", vectors[0], even=True, again=1)])
    store.delete(index, ["s3"])
    filters = parse_filter({"even": True}), parse_filter(None)

    def search_all():
        queries = [(vector, where) for vector in vectors[:9] for where in filters]
        results = [
            store.nearest(index, vector, limit=50, filter=where) for vector, where in queries
        ]
        return [[match.sku for match in matches] for matches in results]

    before = search_all()
    if milvus_url:
        MilvusClient(milvus_url).flush(index)
    assert search_all() == before
    store.delete(index, ["s0"])
    assert store.nearest(index, vectors[0], limit=1)[0].sku != "s0"
    assert count(store, index) == 198


def test_ping_succeeds(store):
    store.ping()
