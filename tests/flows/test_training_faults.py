"""Workers die, or data changes, while sales are imported and lists are built."""

import json
import time
from contextlib import contextmanager
from threading import Event, Thread

import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import (
    FINAL_STATES,
    Shop,
    assert_outlasted,
    collection_name,
    eventually,
)
from tests.support.stack_data import collection_folder

pytestmark = pytest.mark.stack

FIRST = order_lines()
SECOND = order_lines(users=2500, orders=3, seed=7)  # two shards of lists, and a slow training
SHORT_PAUSE_S = 0.002  # for states that may last only briefly


@pytest.fixture
def empty(stack):
    """A shop without items."""
    with Shop(stack.url, "empty") as shop:
        shop.create()
        yield shop


@pytest.fixture
def victim(stack, request):
    """A shop with items; `upload` is the id of its sales, `first` of its lists."""
    with Shop(stack.url, collection_name(request)) as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        job, training = shop.import_sales(as_csv(FIRST))
        shop.upload, shop.first = job["result"]["upload"], training["id"]
        yield shop


@contextmanager
def background_reads(shop):
    """Read the list of one user during a `with`; yields (status, generation, length) triples."""
    results, stop = set(), Event()

    def read():
        with Shop(shop.url, shop.name) as reader:
            while not stop.is_set():
                response = reader.recommendations(user(1))
                body = response.json()
                length = len(body.get("recommendations", ()))
                results.add((response.status_code, body.get("generation"), length))
                time.sleep(0.02)

    thread = Thread(target=read)
    thread.start()
    try:
        yield results
    finally:
        stop.set()
        thread.join()


def running_training(shop):
    """Return the id of the training that has not ended."""
    return next(
        job["id"]
        for job in shop.jobs()
        if job["kind"] == "train" and job["state"] not in FINAL_STATES
    )


def start_import(_, shop):
    """Return an import that has begun."""
    job = shop.send_sales(as_csv(SECOND)).json()["id"]
    shop.wait_until(job, lambda job: job["state"] != "queued")
    return job


def start_training(stack, shop):
    """Return an import whose training has begun, but has not written lists."""
    job = shop.send_sales(as_csv(SECOND)).json()["id"]
    training = shop.wait_for_job(job)["result"]["training"]
    shop.wait_until(training, lambda job: job["state"] != "queued")
    assert not (collection_folder(stack, shop) / "lists" / training).exists()
    return job


def start_publishing(stack, shop):
    """Return an import whose training has written a part of its lists."""
    job = shop.send_sales(as_csv(SECOND)).json()["id"]
    training = shop.wait_for_job(job)["result"]["training"]
    file = collection_folder(stack, shop) / "lists" / training / "users-000000.jsonl"
    eventually(file.exists, pause=SHORT_PAUSE_S)
    assert shop.http.get(f"{shop.path}/recommender").json()["generation"] == shop.first
    return job


@pytest.mark.parametrize(
    "start",
    [
        start_publishing,
        pytest.param(start_import, marks=pytest.mark.thorough),
        pytest.param(start_training, marks=pytest.mark.thorough),
    ],
)
def test_a_killed_worker_does_not_change_what_becomes_of_a_sales_file(stack, victim, start):
    with background_reads(victim) as reads:
        job = start(stack, victim)
        stack.kill("worker-train")
        killed = time.time()
        imported = victim.wait_for_job(job)
        training = victim.wait_for_job(imported["result"]["training"])
    assert_outlasted(imported if start is start_import else training, killed)
    assert (imported["state"], training["state"]) == ("succeeded", "succeeded")
    lines = {tuple(row) for row in [*FIRST, *SECOND]}
    assert training["result"]["order_lines"] == len(lines)
    assert reads <= {(200, victim.first, 10), (200, training["id"], 10)}
    assert victim.recommendations(user(2400)).json()["generation"] == training["id"]
    generations = {path.name for path in (collection_folder(stack, victim) / "lists").iterdir()}
    assert generations == {victim.first, training["id"]}


def deletion_has_begun(stack, shop):
    """Whether a deletion has marked the recommender, or an upload."""
    folder = collection_folder(stack, shop)
    if json.loads((folder / "recommender.json").read_text())["revision"]:
        return True
    try:
        reports = [path.read_text() for path in folder.glob("sales/*/report.json")]
    except FileNotFoundError:
        return True
    return any(not json.loads(report)["digest"] for report in reports)


@pytest.mark.parametrize("path", ["sales/{upload}", "users/{user}"], ids=["upload", "user"])
def test_a_deletion_completes_although_its_worker_was_killed(stack, victim, path):
    _, second = victim.import_sales(as_csv(SECOND))
    assert not deletion_has_begun(stack, victim)
    url = f"{victim.path}/{path.format(upload=victim.upload, user=user(1))}"
    job = victim.http.delete(url).json()["id"]
    eventually(lambda: deletion_has_begun(stack, victim), pause=SHORT_PAUSE_S)
    stack.kill("worker-train")
    deletion = victim.wait_for_job(job)
    training = victim.wait_for_job(deletion["result"]["training"])
    assert (deletion["state"], training["state"]) == ("succeeded", "succeeded")
    rows = SECOND if path.startswith("sales") else [*FIRST, *SECOND]
    erased = user(1) if path.startswith("users") else None
    lines = {tuple(row) for row in rows if row[0] != erased}
    assert training["result"]["order_lines"] == len(lines)
    assert second["id"] != training["id"]


def test_sales_deleted_during_a_training_are_in_no_later_list(stack, victim):
    upload = start_training(stack, victim)
    running = running_training(victim)
    deletion = victim.http.delete(f"{victim.path}/sales/{upload}").json()["id"]
    deleted = victim.wait_for_job(deletion)
    victim.wait_for_job(running)
    training = victim.wait_for_job(deleted["result"]["training"])
    assert training["result"]["order_lines"] == len(FIRST)
    assert victim.recommendations(user(2400)).json()["personal"] is False
    state = victim.http.get(f"{victim.path}/recommender").json()
    assert (state["generation"], state["stale"]) == (training["id"], False)


def find_traces(stack, shop, name):
    """Return all files, tables, logs and Redis keys that contain the name of a user."""
    needle, traces = name.encode(), []
    for path in stack.data.rglob("*"):
        if not path.is_file() or "redis" in path.parts or path.suffix == ".db":
            continue
        if path.suffix == ".parquet":
            table = pyarrow.parquet.read_table(path).combine_chunks()
            data = repr(table.to_pydict()).encode() if shop.name in path.parts else b""
        else:
            data = path.read_bytes()
        traces += [str(path)] if needle in data else []
    for url in (stack.settings.redis, stack.settings.cache):
        redis = Redis.from_url(url)
        traces += [
            f"{url} {key}" for key in redis.scan_iter() if needle in key + read_key(redis, key)
        ]
    return traces


def read_key(redis, key):
    kind = redis.type(key)
    readers = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"stream": redis.xrange,
    }
    return repr(readers[kind](key)).encode() if kind in readers else b""


def test_a_user_erased_during_a_refill_and_a_training_leaves_no_trace(stack, victim):
    name = "erase-me-0123456789abcdef"
    rows = [[name, *row[1:]] if row[0] == user(3) else row for row in SECOND]
    victim.import_sales(as_csv(rows))
    assert find_traces(stack, victim, name)
    cache = Redis.from_url(stack.settings.cache)
    cache.delete(*cache.keys(f"lookalike:lists:{victim.name}:*"))
    victim.recommendations(user(1))  # triggers the refill
    victim.http.post(f"{victim.path}/recommender")
    erasure = victim.http.delete(f"{victim.path}/users/{name}").json()["id"]
    erased = victim.wait_for_job(erasure)
    training = victim.wait_for_job(erased["result"]["training"])
    assert (erased["result"]["rows"], training["state"]) == (6, "succeeded")
    assert find_traces(stack, victim, name) == []
    assert victim.recommendations(name).json()["personal"] is False


VALID_FILES = st.sampled_from([as_csv(FIRST[:5]), as_csv(FIRST[:3], delimiter=";")])


@st.composite
def mutated_files(draw):
    """A valid sales file with bytes inserted somewhere."""
    data, at = draw(VALID_FILES), draw(st.integers(0, 300))
    return data[:at] + draw(st.binary(max_size=8)) + data[at:]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(st.binary(max_size=400), mutated_files()))
def test_any_bytes_sent_as_sales_get_a_job_or_a_problem(empty, data):
    response = empty.send_sales(data)
    if response.status_code == 202:
        job = empty.wait_for_job(response.json()["id"])
        assert job["state"] in {"succeeded", "failed"}
    else:
        assert 400 <= response.status_code < 500
        assert response.headers["content-type"] == "application/problem+json"
