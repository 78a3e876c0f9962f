"""What happens to sales and lists when a worker dies, or things change, while they are made."""

import json
import time
from contextlib import contextmanager
from threading import Event, Thread

import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from tests.flows.test_sales_flow import add, recommended, send
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import FINAL, Shop, eventually, named_after

pytestmark = pytest.mark.stack

FIRST = order_lines()
SECOND = order_lines(users=2500, orders=3, seed=7)  # two blocks of lists, and seconds of learning
AT_ONCE_S = 0.002  # what is waited for may be over soon


@pytest.fixture
def empty(own_stack):
    """A shop without items."""
    with Shop(own_stack.url, "empty") as shop:
        shop.create()
        yield shop


@pytest.fixture
def victim(own_stack, request):
    """A shop with items, sales and lists."""
    with Shop(own_stack.url, named_after(request)) as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        job, training = add(shop, as_csv(FIRST))
        shop.upload, shop.first = job["result"]["upload"], training["id"]
        yield shop


@contextmanager
def read_all_the_time(shop):
    """Reads one customer's list until the block ends; every read is of a whole generation."""
    seen, over = set(), Event()

    def read():
        with Shop(shop.url, shop.name) as reader:
            while not over.is_set():
                answer = recommended(reader, user(1))
                seen.add((
                    answer.status_code,
                    answer.json().get("generation"),
                    len(answer.json().get("recommendations", ())),
                ))
                time.sleep(0.02)

    thread = Thread(target=read)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def folder_of(stack, shop):
    return stack.data / "store" / "collections" / shop.name


def training_of(shop):
    """The training that is not over yet."""
    jobs = shop.http.get("/v1/jobs", params={"collection": shop.name}).json()["items"]
    return next(job["id"] for job in jobs if job["kind"] == "train" and job["state"] not in FINAL)


def importing(stack, shop):
    job = send(shop, as_csv(SECOND)).json()["id"]
    shop.job_when(job, lambda one: one["state"] == "running")
    return job


def learning(stack, shop):
    job = send(shop, as_csv(SECOND)).json()["id"]
    training = shop.ended(job)["result"]["training"]
    shop.job_when(training, lambda one: one["state"] == "running")
    assert not (folder_of(stack, shop) / "lists" / training).exists()
    return job


def publishing(stack, shop):
    job = send(shop, as_csv(SECOND)).json()["id"]
    training = shop.ended(job)["result"]["training"]
    first = folder_of(stack, shop) / "lists" / training / "users-000000.jsonl"
    eventually(first.exists, pause=AT_ONCE_S)
    assert shop.http.get(f"{shop.path}/recommender").json()["generation"] == shop.first
    return job


@pytest.mark.parametrize(
    "stage",
    [
        publishing,
        pytest.param(importing, marks=pytest.mark.thorough),
        pytest.param(learning, marks=pytest.mark.thorough),
    ],
)
def test_a_killed_worker_changes_nothing_in_what_comes_of_a_file(own_stack, victim, stage):
    with read_all_the_time(victim) as seen:
        job = stage(own_stack, victim)
        own_stack.kill("worker-train")
        ended = victim.ended(job)
        training = victim.ended(ended["result"]["training"])
    assert (ended["state"], training["state"]) == ("succeeded", "succeeded")
    lines = {tuple(row) for row in [*FIRST, *SECOND]}
    assert training["result"]["rows"] == len(lines)
    assert seen <= {(200, victim.first, 10), (200, training["id"], 10)}
    assert recommended(victim, user(2400)).json()["generation"] == training["id"]
    assert sorted(path.name for path in (folder_of(own_stack, victim) / "lists").iterdir()) == (
        sorted([victim.first, training["id"]])
    )


def begun(stack, shop):
    """Whether a deletion has marked the recommender, or an upload."""
    folder = folder_of(stack, shop)
    if json.loads((folder / "recommender.json").read_text())["revision"]:
        return True
    try:
        told = [path.read_text() for path in folder.glob("sales/*/report.json")]
    except FileNotFoundError:
        return True
    return any(not json.loads(one)["digest"] for one in told)


@pytest.mark.parametrize("what", ["sales/{upload}", "users/{user}"], ids=["upload", "user"])
def test_a_worker_killed_in_a_deletion_still_ends_it(own_stack, victim, what):
    _, second = add(victim, as_csv(SECOND))
    path = what.format(upload=victim.upload, user=user(1))
    assert not begun(own_stack, victim)
    job = victim.http.delete(f"{victim.path}/{path}").json()["id"]
    eventually(lambda: begun(own_stack, victim), pause=AT_ONCE_S)
    own_stack.kill("worker-train")
    ended = victim.ended(job)
    training = victim.ended(ended["result"]["training"])
    assert (ended["state"], training["state"]) == ("succeeded", "succeeded")
    left = SECOND if what.startswith("sales") else [*FIRST, *SECOND]
    gone = user(1) if what.startswith("users") else None
    assert training["result"]["rows"] == len({tuple(row) for row in left if row[0] != gone})
    assert second["id"] != training["id"]


def test_sales_deleted_during_a_training_are_in_no_list_that_follows(own_stack, victim):
    upload = learning(own_stack, victim)
    running = training_of(victim)
    deleted = victim.ended(victim.http.delete(f"{victim.path}/sales/{upload}").json()["id"])
    victim.ended(running)
    training = victim.ended(deleted["result"]["training"])
    assert training["result"]["rows"] == len(FIRST)
    assert recommended(victim, user(2400)).json()["personal"] is False
    state = victim.http.get(f"{victim.path}/recommender").json()
    assert (state["generation"], state["stale"]) == (training["id"], False)


def told_of(stack, shop, name):
    """All places that know a customer: files, tables, both Redis, logs."""
    needle, found = name.encode(), []
    for path in stack.data.rglob("*"):
        if not path.is_file() or "redis" in path.parts or path.suffix == ".db":
            continue
        if path.suffix == ".parquet":
            table = pyarrow.parquet.read_table(path).combine_chunks()
            data = repr(table.to_pydict()).encode() if shop.name in path.parts else b""
        else:
            data = path.read_bytes()
        found += [str(path)] if needle in data else []
    for url in (stack.settings.redis, stack.settings.cache):
        redis = Redis.from_url(url)
        found += [
            f"{url} {key}" for key in redis.scan_iter() if needle in key + content(redis, key)
        ]
    return found


def content(redis, key):
    kind = redis.type(key)
    read = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"zset": lambda one: redis.zrange(one, 0, -1),
        b"list": lambda one: redis.lrange(one, 0, -1),
        b"stream": redis.xrange,
    }
    return repr(read[kind](key)).encode() if kind in read else b""


def test_of_a_customer_erased_during_refill_and_training_nothing_is_left(own_stack, victim):
    name = "erase-me-0123456789abcdef"
    rows = [[name, *row[1:]] if row[0] == user(3) else row for row in SECOND]
    add(victim, as_csv(rows))
    assert told_of(own_stack, victim, name)
    cache = Redis.from_url(own_stack.settings.cache)
    cache.delete(*cache.keys(f"lookalike:lists:{victim.name}:*"))
    recommended(victim, user(1))  # asks for the lists to be filled in again
    victim.http.post(f"{victim.path}/recommender")
    erased = victim.ended(victim.http.delete(f"{victim.path}/users/{name}").json()["id"])
    training = victim.ended(erased["result"]["training"])
    assert (erased["result"]["rows"], training["state"]) == (6, "succeeded")
    assert told_of(own_stack, victim, name) == []
    assert recommended(victim, name).json()["personal"] is False


good = st.sampled_from([as_csv(FIRST[:5]), as_csv(FIRST[:3], delimiter=";")])
mutated = st.tuples(good, st.integers(0, 300), st.binary(max_size=8)).map(
    lambda one: one[0][: one[1]] + one[2] + one[0][one[1] :]
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(st.binary(max_size=400), mutated))
def test_whatever_bytes_come_there_is_a_job_or_a_problem(empty, data):
    answer = send(empty, data)
    if answer.status_code == 202:
        assert empty.ended(answer.json()["id"])["state"] in {"succeeded", "failed"}
    else:
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/problem+json"
