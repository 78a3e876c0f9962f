"""Parts die while work is under way; afterwards everything is there, once."""

import io
import signal
import time

import psutil
import pytest
from celery import Celery

from core.connections.redis_client import connect
from core.vectors.milvus import MilvusVectors
from embedded.stack import Stack
from tests.support.archives import zipped
from tests.support.images import jpeg, picture
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import Shop, eventually, named_after, numbered
from tests.support.stack_settings import make_settings, workers_of

pytestmark = pytest.mark.stack

MANY = 300
ZIP = numbered(range(MANY))


@pytest.fixture
def victim(own_stack, request):
    with Shop(own_stack.url, named_after(request)) as shop:
        shop.create()
        yield shop


def under_way(shop, pictures=ZIP):
    """A job that has done some of its pictures and not yet all."""
    job = shop.send([("many.zip", pictures)]).json()
    return shop.job_when(job["id"], lambda j: 0 < j["progress"]["done"] < MANY)


def vectors_of(stack, shop):
    definition = stack.data / "store" / "collections" / shop.name / "collection.json"
    space = definition.read_text().split('"space": "')[1].split('"')[0]
    return sorted(MilvusVectors(stack.settings.milvus).keys(space))


def all_there_once(stack, shop, job):
    progress = job["progress"]
    assert (job["state"], progress["done"] + progress["skipped"]) == ("succeeded", MANY), job
    assert shop.counts() == (MANY, MANY)
    assert vectors_of(stack, shop) == sorted((str(n), "main") for n in range(MANY))
    assert shop.found(jpeg(MANY - 1), limit=1)[0]["sku"] == str(MANY - 1)


@pytest.mark.parametrize("part", ["worker-embed", "milvus", "redis", "cache", "api"])
def test_a_part_killed_in_the_middle_of_a_job_changes_nothing(own_stack, victim, part):
    job = under_way(victim)
    own_stack.kill(part)
    ended = victim.ended(job["id"], within=120)
    eventually(lambda: victim.http.get("/health/ready").status_code == 200)
    all_there_once(own_stack, victim, ended)


def slow_zip():
    """Few pictures that take seconds each: some threads of the worker are busy, some are not."""
    buffer = io.BytesIO()
    picture(1).resize((6500, 6500)).save(buffer, "PNG", compress_level=1)
    return zipped({f"{n}.png": buffer.getvalue() for n in range(6)})


def test_workers_outlive_redis_with_tasks_in_flight(own_stack, victim):
    """Celery 5.7.0 by itself exits here; ours must go on as the same processes."""
    before = workers_of(own_stack)
    job = victim.send([("slow.zip", slow_zip())]).json()
    victim.job_when(job["id"], lambda j: j["progress"]["total"])
    for _ in range(2):
        time.sleep(0.5)
        own_stack.kill("redis")
        own_stack.await_ready("redis")
    ended = victim.ended(job["id"])
    assert (ended["state"], ended["progress"]["done"]) == ("succeeded", 6)
    assert workers_of(own_stack) == before


def test_a_message_that_the_broker_lost_is_sent_again(own_stack, victim):
    """What a kill between taking a message and noting it does: the queue knows nothing of it."""
    embedders = [name for name in own_stack.names if name.startswith("worker-embed")]
    for name in embedders:
        own_stack.stop(name)
    job = victim.send([("many.zip", ZIP)]).json()
    redis = connect(own_stack.settings.redis)
    assert redis.llen("embed") > 0
    redis.delete("embed", "unacked", "unacked_index")
    for name in embedders:
        own_stack.start(name)
    all_there_once(own_stack, victim, victim.ended(job["id"]))


def test_a_message_that_comes_five_times_does_its_work_once(own_stack, victim):
    job = victim.send([("many.zip", ZIP)]).json()
    celery = Celery(broker=own_stack.settings.redis)
    for _ in range(5):
        celery.send_task("ingest", args=[job["id"]], queue="embed")
    ended = victim.ended(job["id"])
    assert ended["progress"]["done"] == MANY
    all_there_once(own_stack, victim, ended)


def test_a_frozen_redis_is_told_within_five_seconds(own_stack, victim):
    process = psutil.Process(own_stack.pids()["redis"])
    process.send_signal(signal.SIGSTOP)
    try:
        begun = time.monotonic()
        answer = victim.http.get("/v1/jobs")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert time.monotonic() - begun < 5
        assert victim.http.get("/health/live").status_code == 200
        assert victim.http.get("/health/ready").status_code == 503
    finally:
        process.send_signal(signal.SIGCONT)
    eventually(lambda: victim.http.get("/v1/jobs").status_code == 200, within=30)


def milvus_as_told(shop):
    """What readiness tells: the status, and the state of Milvus."""
    answer = shop.http.get("/health/ready")
    return answer.status_code, answer.json()["parts"]["milvus"]


def test_a_frozen_milvus_is_told_within_ten_seconds(own_stack, victim):
    victim.ingest_numbers([1])
    assert milvus_as_told(victim) == (200, "ok")
    process = psutil.Process(own_stack.pids()["milvus"])
    process.send_signal(signal.SIGSTOP)
    try:
        begun = time.monotonic()
        assert victim.search(jpeg(1)).status_code == 503
        assert time.monotonic() - begun < 10
        eventually(lambda: milvus_as_told(victim)[1] != "ok", within=30)
        status, told = milvus_as_told(victim)
        assert (status, "Milvus does not" in told) == (503, True)
    finally:
        process.send_signal(signal.SIGCONT)
    eventually(lambda: victim.search(jpeg(1)).status_code == 200, within=30)
    eventually(lambda: milvus_as_told(victim) == (200, "ok"), within=30)


def test_deleting_a_collection_survives_a_kill_half_way(own_stack, victim):
    victim.ingest([("many.zip", ZIP)])
    job = victim.http.delete(victim.path).json()
    own_stack.kill("worker-train")
    assert victim.ended(job["id"])["state"] == "succeeded"
    victim.create()
    assert victim.counts() == (0, 0)


def test_a_collection_deleted_in_the_middle_of_an_ingest_stays_deleted(own_stack, victim):
    job = under_way(victim)
    deletion = victim.http.delete(victim.path, headers={"Prefer": "wait=60"}).json()
    assert deletion["state"] == "succeeded"
    assert victim.job(job["id"])["state"] in {"cancelled", "failed"}
    victim.create()
    time.sleep(1)
    assert victim.counts() == (0, 0)


def test_a_stack_stopped_in_the_middle_of_a_job_goes_on_with_it(tmp_path):
    settings = make_settings(tmp_path / "data")
    with Stack(settings) as first, Shop(first.url, "shop") as shop:
        shop.create()
        job = under_way(shop)
    with Stack(settings) as second, Shop(second.url, "shop") as shop:
        all_there_once(second, shop, shop.ended(job["id"]))


@pytest.mark.parametrize("part", ["worker-train", "cache", "redis"])
def test_a_part_killed_during_a_training_leaves_whole_lists(own_stack, victim, part):
    """The lists before are served meanwhile, or none; those after are whole."""
    victim.ingest_numbers(range(40))
    sales = f"{victim.path}/sales"
    csv = {"content-type": "text/csv"}
    job = victim.http.post(sales, content=as_csv(order_lines()), headers=csv).json()
    victim.ended(victim.ended(job["id"])["result"]["training"])
    first = victim.http.get(f"{victim.path}/recommender").json()["generation"]

    more = order_lines(users=300, seed=7)
    job = victim.http.post(sales, content=as_csv(more), headers=csv).json()
    training = victim.ended(job["id"])["result"]["training"]
    victim.job_when(training, lambda j: j["state"] == "running")
    own_stack.kill(part)
    seen = set()

    def ended():
        lists = f"{victim.path}/users/{user(0)}/recommendations"
        answer = victim.http.get(lists)
        if answer.status_code == 200:
            seen.add(answer.json()["generation"])
            assert len(answer.json()["recommendations"]) == 10
        return victim.job(training).get("state") in {"succeeded", "failed"}

    eventually(ended, within=120)
    assert victim.job(training)["state"] == "succeeded"
    eventually(lambda: victim.http.get("/health/ready").status_code == 200)
    assert seen <= {first, training}
    assert victim.http.get(f"{victim.path}/recommender").json()["generation"] == training
    eventually(lambda: _offered(victim, user(299)) == (200, training))


def _offered(shop, name):
    answer = shop.http.get(f"{shop.path}/users/{name}/recommendations")
    return answer.status_code, answer.json().get("generation")


def test_an_item_deleted_while_the_cache_is_away_is_refused_whole_and_can_be_deleted_then(
    own_stack, victim
):
    victim.ingest_numbers(range(3))
    item = f"{victim.path}/items/1"
    own_stack.stop("cache")
    refused = victim.http.delete(item)
    there = victim.http.get(item)
    own_stack.start("cache")
    own_stack.await_ready("cache")
    assert (refused.status_code, there.status_code) == (503, 200)
    eventually(lambda: victim.http.delete(item).status_code == 204)
    assert victim.http.get(item).status_code == 404
    eventually(lambda: victim.http.get("/health/ready").status_code == 200)
