"""What every vector store must do; the one in memory is the oracle, so both run the same tests."""

import contextlib
import os
import uuid
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.domain import Match
from core.errors import Conflict, InvalidInput, NotFound
from core.filters.parse import parse
from core.vectors import VectorRow
from core.vectors.memory import MemoryVectors
from core.vectors.milvus import MilvusVectors
from tests.support.full_milvus import full_milvus
from tests.support.servers import milvus_server

DIM = 16
AHEAD = 6
NASTY = [
    "x", "z", "x'] or sku not in ['z", 'x"] or sku not in ["z', "'", '"', "\\", '\\"', "a\\'b", "%",
    "_", "x%y", "{sku}", "a b", "élan", "日本", "🧥", "a\u2019b", "] or id != ''", "--", "#", "x,y",
    '" or 1 == 1 or sku == "', "$meta", "null", "true", "7", "s" * 128, "🧥" * 128,
]  # fmt: skip


@pytest.fixture(scope="module")
def lite(tmp_path_factory):
    with milvus_server(tmp_path_factory.mktemp("milvus")) as url:
        store = MilvusVectors(url)
        yield store
        store.close()


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A whole Milvus; one of your own by its URL in `LOOKALIKE_TEST_MILVUS`."""
    with contextlib.ExitStack() as stack:
        theirs = os.environ.get("LOOKALIKE_TEST_MILVUS")
        store = MilvusVectors(
            theirs or stack.enter_context(full_milvus(tmp_path_factory.mktemp("m")))
        )
        yield store
        store.close()


@pytest.fixture(
    params=["memory", *(pytest.param(one, marks=pytest.mark.stack) for one in ("lite", "full"))]
)
def store(request):
    if request.param == "memory":
        return MemoryVectors()
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def made_ahead(full):
    """Makes spaces while tests run in others: a whole Milvus takes three seconds for one."""
    with ThreadPoolExecutor(AHEAD) as pool:
        coming = deque(pool.submit(make_space, full) for _ in range(AHEAD))

        def take():
            coming.append(pool.submit(make_space, full))
            return coming.popleft().result()

        yield take


def make_space(store):
    name = f"test_{uuid.uuid4().hex}"
    store.create(name, DIM)
    return name


@pytest.fixture
def space(request, store):
    is_slow = request.node.callspec.params["store"] == "full"
    name = request.getfixturevalue("made_ahead")() if is_slow else make_space(store)
    yield name
    store.drop(name)


def some(count, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, DIM)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def row(sku, vector=None, view="main", **attributes):
    return VectorRow(sku, view, some(1)[0] if vector is None else vector, attributes)


@pytest.mark.stack
@pytest.mark.parametrize("store", ["lite", "full"], indirect=True)
def test_what_one_process_writes_another_finds_at_once(store, space):
    other = MilvusVectors(store._url)
    for n, vector in enumerate(some(20)):
        store.upsert(space, [row(f"A-{n}", vector)])
        assert other.nearest(space, vector, limit=1)[0].sku == f"A-{n}"
        store.delete(space, [f"A-{n}"])
        assert other.nearest(space, vector, limit=1) == []
    other.close()


def test_the_same_picture_comes_first_and_scores_one(store, space):
    vectors = some(50)
    store.upsert(space, [row(f"s{n}", vector) for n, vector in enumerate(vectors)])
    assert store.nearest(space, vectors[7], limit=1) == [Match("s7", "main", 1.0)]


def test_the_nearest_are_those_of_a_full_comparison(store, space):
    vectors, query = some(300), some(1, seed=1)[0]
    views = ("back", "front", "side")
    store.upsert(space, [row(f"s{n // 3}", v, views[n % 3]) for n, v in enumerate(vectors)])
    likeness = (vectors @ query).reshape(100, 3)
    order = np.argsort(-likeness.max(axis=1))[:20]
    found = store.nearest(space, query, limit=20)
    assert [m.sku for m in found] == [f"s{n}" for n in order]
    assert [m.view for m in found] == [views[likeness[n].argmax()] for n in order]
    assert [m.score for m in found] == pytest.approx(likeness.max(axis=1)[order], abs=2e-6)


def test_a_vector_of_any_length_is_compared_by_direction(store, space):
    vector = some(1)[0]
    store.upsert(space, [row("a", vector * 40), row("b", -vector)])
    found = store.nearest(space, vector / 1000, limit=5)
    assert found == [Match("a", "main", 1.0), Match("b", "main", 0.0)]
    assert np.linalg.norm(store.vectors_of(space, "a")["main"]) == pytest.approx(1, abs=1e-6)


def test_many_views_of_one_item_do_not_hide_the_others(store, space):
    query = some(1)[0]
    store.upsert(space, [row("many", query, view=f"v{n}") for n in range(400)])
    store.upsert(space, [row(f"s{n}", vector) for n, vector in enumerate(some(5, seed=2))])
    found = store.nearest(space, query, limit=4)
    assert len({match.sku for match in found}) == 4
    assert found[0] == Match("many", "v0", 1.0)


def test_equal_scores_are_ordered_by_sku_wherever_the_cut_is(store, space):
    query = some(1)[0]
    skus = [f"s{n:03}" for n in np.random.default_rng(3).permutation(200)]
    store.upsert(space, [row(sku, query) for sku in skus])
    assert [match.sku for match in store.nearest(space, query, limit=3)] == ["s000", "s001", "s002"]


def test_what_scores_too_little_is_left_out(store, space):
    base, other = np.eye(DIM, dtype=np.float32)[:2]
    close = base * 0.9 + other * np.sqrt(1 - 0.81)
    store.upsert(space, [row("same", base), row("close", close), row("far", other)])
    found = store.nearest(space, base, limit=9, min_score=0.85)
    assert [match.sku for match in found] == ["same", "close"]


VALUES = [
    5, 5.0, 5.5, -5, 0, -0.0, 1, True, False, 1e300, -1e-300, 5e-324, 2**53 + 1, 10**20, 10**400,
    "5", "", "1", "true", "null", "e", "dress", "Dress", "dresses", "élan", "日本", "🧥", " 5",
    'a"b', "a'b", "a\\b", "\\", '"', "a%", "a]b", "a][b", '" or 1 == 1', "x" * 512,
    "line\nbreak", "\x00", "\x07", None, [5], ["dress"], {"eq": 5},
]  # fmt: skip
ORDERED = [5, 5.5, -5, 0, 2**53, 5e-324, "5", "", "dress", 'a"b', "\\", "é"]
ASKED = [{sign: value} for value in ORDERED for sign in ("eq", "ne", "lt", "lte", "gt", "gte")]
ASKED += [{sign: value} for value in (True, False) for sign in ("eq", "ne")]
ASKED += [{"in": [5, "dress", True]}, {"gte": 0, "lt": 6}, {"ne": 5, "gt": 1}]
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


def test_every_comparison_of_every_kind_agrees_with_the_definition(store, space):
    items = {f"s{n}": {"price": value} for n, value in enumerate(VALUES)} | {"none": {}}
    store.upsert(space, [row(sku, **attributes) for sku, attributes in items.items()])
    query = some(1)[0]
    for one in ASKED:
        asks = parse({"price": one})
        expected = {sku for sku, attributes in items.items() if asks.matches(attributes)}
        found = store.nearest(space, query, limit=100, filter=asks)
        assert {match.sku for match in found} == expected, one


@pytest.mark.parametrize("value", [v for v in VALUES if isinstance(v, str) and v.isprintable()])
def test_a_text_is_found_by_a_filter_whatever_is_in_it(store, space, value):
    store.upsert(space, [row("it", price=value), row("other", price=f"{value}.")])
    found = store.nearest(space, some(1)[0], limit=9, filter=parse({"price": value}))
    assert [match.sku for match in found] == ["it"]


@pytest.mark.parametrize("key", KEYS)
def test_an_attribute_is_found_whatever_its_name(store, space, key):
    items = [VectorRow("it", "main", some(1)[0], {key: 5}), row("other", any=5)]
    store.upsert(space, items)
    found = store.nearest(space, some(1)[0], limit=9, filter=parse({key: {"gt": 4}}))
    assert [match.sku for match in found] == ["it"]


def test_the_largest_filter_is_answered(store, space):
    store.upsert(space, [row("it", **{f"a{n}": 99 for n in range(32)}), row("other")])
    asks = parse({f"a{n}": {"in": list(range(100))} for n in range(32)})
    assert [m.sku for m in store.nearest(space, some(1)[0], limit=9, filter=asks)] == ["it"]


def test_a_row_written_again_replaces_the_whole_row(store, space):
    old, new = some(2)
    store.upsert(space, [row("a", old, colour="red", price=1)])
    store.upsert(space, [row("a", new, price=2)])
    assert store.count(space) == 1
    assert store.vectors_of(space, "a")["main"] == pytest.approx(new, abs=1e-6)
    assert store.nearest(space, new, limit=1, filter=parse({"colour": "red"})) == []


def test_of_two_rows_with_one_key_in_a_call_the_last_wins(store, space):
    old, new = some(2)
    store.upsert(space, [row("a", old), row("a", new)])
    assert store.count(space) == 1
    assert store.nearest(space, new, limit=1)[0].score == 1.0


def test_deleting_an_item_removes_all_its_views_and_nothing_else(store, space):
    store.upsert(space, [row(sku, view=view) for sku in "abc" for view in ("main", "back")])
    store.delete(space, ["a", "c", "never there"])
    assert sorted(store.keys(space)) == [("b", "back"), ("b", "main")]
    assert [match.sku for match in store.nearest(space, some(1)[0], limit=9)] == ["b"]


def test_deleting_views_leaves_the_other_views(store, space):
    store.upsert(space, [row(sku, view=view) for sku in "ab" for view in ("main", "back", "side")])
    store.delete_views(space, "a", ["back", "side", "never there"])
    assert set(store.vectors_of(space, "a")) == {"main"}
    assert store.count(space) == 4


def test_skus_of_any_printable_text_are_kept_apart(store, space):
    vectors = dict(zip(NASTY, some(len(NASTY)), strict=True))
    store.upsert(space, [row(sku, vector, view=sku) for sku, vector in vectors.items()])
    assert sorted(store.keys(space)) == sorted((sku, sku) for sku in NASTY)
    for sku, vector in vectors.items():
        assert store.vectors_of(space, sku)[sku] == pytest.approx(vector, abs=1e-6)
        assert store.nearest(space, vector, limit=1)[0].sku == sku


@pytest.mark.parametrize("sku", NASTY)
def test_deleting_a_sku_that_is_an_expression_deletes_only_it(store, space, sku):
    store.upsert(space, [row(other, view=sku) for other in NASTY])
    store.delete_views(space, sku, ["x'] or id not in ['z", 'x"] or id not in ["z'])
    assert store.count(space) == len(NASTY)
    store.delete(space, [sku])
    assert sorted(store.keys(space)) == sorted((other, sku) for other in NASTY if other != sku)


def test_attributes_are_replaced_and_vectors_stay(store, space):
    views = dict(zip(("main", "back"), some(2), strict=True))
    store.upsert(space, [row("a", vector, view, colour="red") for view, vector in views.items()])
    store.set_attributes(space, {"a": {"size": 38}, "never there": {"size": 38}})
    found = store.nearest(space, views["back"], limit=9, filter=parse({"size": 38}))
    assert found == [Match("a", "back", 1.0)]
    assert store.nearest(space, views["back"], limit=9, filter=parse({"colour": "red"})) == []
    assert store.count(space) == 2


def test_attributes_of_many_skus_are_each_its_own(store, space):
    store.upsert(space, [row(f"A-{n}", vector, n=0) for n, vector in enumerate(some(250))])
    store.set_attributes(space, {f"A-{n}": {"n": n} for n in range(250)})
    for n in (0, 99, 100, 249):
        found = store.nearest(space, some(1)[0], limit=9, filter=parse({"n": n}))
        assert [match.sku for match in found] == [f"A-{n}"]


def test_a_space_is_made_once_and_dropped_once(store, space):
    store.upsert(space, [row("a")])
    store.create(space, DIM)
    assert store.count(space) == 1
    with pytest.raises(Conflict, match="16 numbers, not 8"):
        store.create(space, 8)
    store.drop(space)
    store.drop(space)
    store.create(space, 8)
    assert store.count(space) == 0


CALLS = {
    "upsert": lambda store, space: store.upsert(space, [row("a")]),
    "delete": lambda store, space: store.delete(space, ["a"]),
    "delete_views": lambda store, space: store.delete_views(space, "a", ["main"]),
    "nearest": lambda store, space: store.nearest(space, some(1)[0], limit=1),
    "vectors_of": lambda store, space: store.vectors_of(space, "a"),
    "set_attributes": lambda store, space: store.set_attributes(space, {"a": {}}),
    "count": lambda store, space: store.count(space),
    "keys": lambda store, space: list(store.keys(space)),
    "flush": lambda store, space: store.flush(space),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_space_that_is_not_there_is_named(store, call):
    with pytest.raises(NotFound, match="never_made"):
        call(store, "never_made")


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("name", ["", "A", "a-b", "a b", "1a", "a" * 201, "x'] or"])
def test_a_space_is_not_named_by_just_any_text(store, call, name):
    with pytest.raises(InvalidInput, match="space"):
        call(store, name)


NOT_ROWS = {
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


@pytest.mark.parametrize("bad", NOT_ROWS.values(), ids=NOT_ROWS)
def test_of_rows_with_a_bad_one_none_is_written(store, space, bad):
    with pytest.raises(InvalidInput):
        store.upsert(space, [row("good"), bad])
    assert store.count(space) == 0


@pytest.mark.parametrize("vector", [np.zeros(DIM), np.full(DIM, np.nan), np.ones(DIM + 1)])
def test_a_query_without_direction_is_refused(store, space, vector):
    store.upsert(space, [row("a")])
    with pytest.raises(InvalidInput):
        store.nearest(space, vector, limit=1)


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_a_limit_out_of_range_is_refused(store, space, limit):
    with pytest.raises(InvalidInput, match="limit"):
        store.nearest(space, some(1)[0], limit=limit)


def test_an_empty_space_has_nothing(store, space):
    assert store.nearest(space, some(1)[0], limit=5) == []
    assert store.vectors_of(space, "a") == {}
    assert list(store.keys(space)) == []
    store.upsert(space, [])
    store.delete(space, [])
    store.delete_views(space, "a", [])
    assert store.count(space) == 0


def test_all_keys_are_listed_when_they_fill_several_pages(store, space):
    expected = {(f"s{n:04}", "main") for n in range(5_300)}
    store.upsert(space, [row(sku, some(1)[0]) for sku, _ in sorted(expected)])
    assert set(store.keys(space)) == expected
    assert store.count(space) == 5_300
    store.flush(space)
    assert set(store.keys(space)) == expected


def test_all_vectors_are_listed_when_they_fill_several_pages(store, space):
    made = some(1_100, seed=5)
    store.upsert(space, [row(str(n), vector) for n, vector in enumerate(made)])
    found = dict(store.vectors(space))
    assert set(found) == {str(n) for n in range(1_100)}
    np.testing.assert_allclose(np.stack([found[str(n)] for n in range(1_100)]), made, atol=1e-6)


def test_every_view_of_an_item_has_its_vector_listed(store, space):
    store.upsert(space, [row("a", view="front"), row("a", view="back"), row("b")])
    assert sorted(sku for sku, _ in store.vectors(space)) == ["a", "a", "b"]


def test_every_write_is_seen_by_the_next_read(store, space):
    for vector in some(40):
        store.upsert(space, [row("a", vector)])
        assert store.nearest(space, vector, limit=1)[0].score == 1.0
        store.delete(space, ["a"])
        assert store.count(space) == 0


def test_rows_are_found_the_same_before_and_after_a_flush(store, space):
    vectors = some(200)
    store.upsert(space, [row(f"s{n}", v, even=n % 2 == 0) for n, v in enumerate(vectors)])
    store.upsert(space, [row("s0", vectors[0], even=True, again=1)])
    store.delete(space, ["s3"])
    asks = parse({"even": True})

    def found():
        asked = [(vector, where) for vector in vectors[:9] for where in (asks, parse(None))]
        matches = [store.nearest(space, vector, limit=50, filter=where) for vector, where in asked]
        return [[match.sku for match in one] for one in matches]

    before = found()
    store.flush(space)
    assert found() == before
    store.delete(space, ["s0"])
    assert store.nearest(space, vectors[0], limit=1)[0].sku != "s0"
    assert store.count(space) == 198


def test_a_store_that_answers_says_so(store):
    store.ping()
