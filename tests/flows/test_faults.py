"""Processes die during jobs; afterwards everything is complete, and nothing is done twice."""

import io
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import httpx2
import psutil
import pytest
from celery import Celery

from api.bounded_route import MAX_AT_A_TIME
from core.cache.search_queue import OVERLOADED
from core.connections.redis_client import connect
from core.connections.urls import celery_broker_url
from embedded.stack import Stack
from tests.support.archives import make_zip
from tests.support.image_server import image_server
from tests.support.images import jpeg, make_image
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import (
    PATIENCE_S,
    Shop,
    assert_outlasted,
    collection_name,
    eventually,
    is_rejected,
    zip_of_images,
)
from tests.support.stack_data import main_views, vector_keys
from tests.support.stack_settings import image_server_port, make_settings, worker_pids

pytestmark = pytest.mark.stack

IMAGES = 128
MAX_TRAININGS = 10
ARCHIVE = zip_of_images(range(IMAGES))


@pytest.fixture
def victim(stack, request):
    with Shop(stack.url, collection_name(request)) as shop:
        shop.create()
        yield shop


def embedders(stack):
    """The names of the processes that process uploads."""
    return [name for name in stack.names if name.startswith("worker-embed")]


def assert_complete(stack, shop, job):
    """The job has succeeded, and the shop has every image of the archive once."""
    progress = job["progress"]
    assert (job["state"], progress["done"] + progress["skipped"]) == ("succeeded", IMAGES), job
    assert shop.counts() == (IMAGES, IMAGES)
    assert vector_keys(stack, shop) == main_views(range(IMAGES))
    assert shop.matches(jpeg(IMAGES - 1), limit=1)[0]["sku"] == str(IMAGES - 1)


@pytest.mark.parametrize("process", ["worker-embed", "milvus", "redis", "cache", "api"])
def test_a_process_killed_during_a_job_does_not_change_its_result(stack, victim, process):
    job = victim.start_ingest(ARCHIVE)
    stack.kill(process)
    killed = time.time()
    ended = victim.wait_for_job(job["id"])
    assert_outlasted(ended, killed)
    eventually(victim.is_ready)
    assert_complete(stack, victim, ended)


def test_a_worker_killed_during_downloads_does_not_change_what_they_become(stack, victim):
    """Images of three chunks; one in the middle comes only after the worker that waits for it."""
    numbers, is_killed = range(40), Event()
    with image_server(image_server_port(stack)) as server:
        server.images = {f"/{n}.jpg": jpeg(n) for n in numbers}
        server.answers["/20.jpg"] = lambda request: (
            is_killed.wait(30), request.send_image(server.images["/20.jpg"]),
        )  # fmt: skip
        rows = [f"{n},{server.url(f'/{n}.jpg')},{n}\n" for n in numbers]
        table = "".join(["sku,image,price\n", *rows, f"missing,{server.url('/none.jpg')},1\n"])
        job = victim.send([("products.csv", table.encode())]).json()
        victim.wait_until(job["id"], lambda _: server.requests["/20.jpg"])
        for name in embedders(stack):  # one of them waits for this image
            stack.kill(name)
        is_killed.set()
        ended = victim.wait_for_job(job["id"])
        assert server.requests["/20.jpg"] > 1
    progress = ended["progress"]
    assert (ended["state"], progress["failed"], progress["total"]) == ("partial", 1, 41), ended
    assert progress["done"] + progress["skipped"] == len(numbers)
    assert [failure["sku"] for failure in victim.failures(ended).values()] == ["missing"]
    assert victim.counts() == (len(numbers), len(numbers))
    assert vector_keys(stack, victim) == main_views(numbers)
    assert victim.http.get(f"{victim.path}/items/20").json()["attributes"]["price"] == 20
    assert victim.matches(jpeg(20), limit=1)[0]["sku"] == "20"


def zip_of_slow_images():
    """Few images that take seconds each: some threads of the worker are busy, some are idle."""
    buffer = io.BytesIO()
    make_image(1).resize((6500, 6500)).save(buffer, "PNG", compress_level=1)
    return make_zip({f"{n}.png": buffer.getvalue() for n in range(6)})


def test_workers_survive_a_restart_of_redis_with_tasks_in_flight(stack, victim):
    """Unpatched Celery 5.7.0 exits here; our workers must continue as the same processes."""
    before = worker_pids(stack)
    job = victim.send([("slow.zip", zip_of_slow_images())]).json()
    victim.wait_until(job["id"], lambda job: job["progress"]["total"])
    for _ in range(2):
        time.sleep(0.5)
        stack.kill("redis")
        stack.await_ready("redis")
    ended = victim.wait_for_job(job["id"])
    # a chunk is repeated, and skips its images, if Redis died before it could be committed
    images = ended["progress"]["done"] + ended["progress"]["skipped"]
    assert (ended["state"], images) == ("succeeded", 6)
    assert worker_pids(stack) == before


def test_a_message_that_the_broker_lost_is_sent_again(stack, victim):
    """A worker killed between receiving a message and recording it leaves no trace of it."""
    for name in embedders(stack):
        stack.stop(name)
    job = victim.send([("images.zip", ARCHIVE)]).json()
    redis = connect(stack.settings.redis)
    assert redis.llen("embed") > 0
    redis.delete("embed", "unacked", "unacked_index")
    for name in embedders(stack):
        stack.start(name)
    assert_complete(stack, victim, victim.wait_for_job(job["id"]))


def test_a_message_delivered_five_more_times_does_its_work_once(stack, victim):
    job = victim.send([("images.zip", ARCHIVE)]).json()
    celery = Celery(broker=celery_broker_url(stack.settings.redis)[0])
    for _ in range(5):
        celery.send_task("ingest", args=[job["id"]], queue="embed")
    ended = victim.wait_for_job(job["id"])
    progress = ended["progress"]  # images of a step that was slower than its lease are skipped
    assert progress["done"] + progress["skipped"] == IMAGES
    assert_complete(stack, victim, ended)


def test_a_frozen_redis_is_reported_and_not_waited_for(stack, victim):
    process = psutil.Process(stack.pids()["redis"])
    process.send_signal(signal.SIGSTOP)
    try:
        response = victim.http.get("/v1/jobs", timeout=PATIENCE_S)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert victim.http.get("/health/live").status_code == 200
        assert victim.http.get("/health/ready").status_code == 503
    finally:
        process.send_signal(signal.SIGCONT)
    eventually(lambda: victim.http.get("/v1/jobs").status_code == 200)


def milvus_health(shop):
    """Return the status of the readiness check, and the state of Milvus in it."""
    response = shop.http.get("/health/ready")
    return response.status_code, response.json()["parts"]["milvus"]


def test_a_frozen_milvus_is_reported_and_not_waited_for(stack, victim):
    victim.ingest_numbers([1])
    assert milvus_health(victim) == (200, "ok")
    process = psutil.Process(stack.pids()["milvus"])
    process.send_signal(signal.SIGSTOP)
    try:
        rejected = victim.search(jpeg(1))
        assert (rejected.status_code, "Milvus" in rejected.text) == (503, True), rejected.text
        eventually(lambda: milvus_health(victim)[1] != "ok")
        status, state = milvus_health(victim)
        assert status == 503
        assert re.search("Milvus (did not respond|request failed)", state)
    finally:
        process.send_signal(signal.SIGCONT)
    eventually(lambda: victim.search(jpeg(1)).status_code == 200)
    eventually(lambda: milvus_health(victim) == (200, "ok"))


def test_a_frozen_search_worker_delays_only_the_first_searches(stack, victim):
    victim.ingest_numbers([1])
    process = psutil.Process(stack.pids()["worker-search"])
    with ThreadPoolExecutor(100) as pool:
        process.send_signal(signal.SIGSTOP)
        try:
            searches = [pool.submit(victim.search, jpeg(1)) for _ in range(100)]
            eventually(lambda: sum(search.done() for search in searches) >= 100 - MAX_AT_A_TIME)
            for path in ("/health/live", f"{victim.path}/items/1", "/v1/jobs"):
                assert httpx2.get(victim.url + path, timeout=PATIENCE_S).status_code == 200
                assert not all(search.done() for search in searches), path
            assert {search.result().status_code for search in searches} == {503}
            later = [pool.submit(victim.search, jpeg(1)) for _ in range(50)]
            details = {search.result().json()["detail"] for search in later}
            assert details <= {OVERLOADED, "too many searches are running; retry later"}
        finally:
            process.send_signal(signal.SIGCONT)

        def statuses(count):
            """Search at the same time; return the statuses, but not of what was too much."""
            responses = [pool.submit(victim.search, jpeg(1)) for _ in range(count)]
            answers = [response.result() for response in responses]
            return {answer.status_code for answer in answers if not is_rejected(answer)}

        eventually(lambda: statuses(1) == {200})
        for count in (1,) * 10 + (20,) * 3:
            assert statuses(count) <= {200}


def test_deleting_a_collection_survives_a_killed_worker(stack, victim):
    victim.ingest([("images.zip", ARCHIVE)])
    job = victim.http.delete(victim.path).json()
    stack.kill("worker-train")
    assert victim.wait_for_job(job["id"])["state"] == "succeeded"
    victim.create()
    assert victim.counts() == (0, 0)


def test_a_collection_deleted_during_an_ingest_stays_deleted(stack, victim):
    job = victim.start_ingest(ARCHIVE)
    assert victim.run("DELETE")["state"] == "succeeded"
    assert victim.job(job["id"])["state"] in {"cancelled", "failed"}
    victim.create()
    victim.ingest([("new.jpg", jpeg(1))])  # whatever still ran has ended then, too
    assert victim.counts() == (1, 1)


def test_a_restarted_stack_continues_its_jobs(tmp_path):
    settings = make_settings(tmp_path / "data")
    with Stack(settings) as first, Shop(first.url, "shop") as shop:
        shop.create()
        job = shop.start_ingest(ARCHIVE)
        for name in embedders(first):  # a worker that is only stopped finishes a short job
            first.kill(name)
    stopped = time.time()
    with Stack(settings) as second, Shop(second.url, "shop") as shop:
        ended = shop.wait_for_job(job["id"])
        assert_outlasted(ended, stopped)
        assert_complete(second, shop, ended)


def running_training(shop, training):
    """Wait until a training runs; return its id, or that of the next one if it was too fast."""
    for _ in range(MAX_TRAININGS):
        if shop.wait_until(training, lambda job: job["state"] != "queued")["state"] == "running":
            return training
        training = shop.http.post(f"{shop.path}/recommender").json()["id"]
    raise AssertionError("each training ended before it was seen")


@pytest.mark.parametrize("process", ["worker-train", "cache", "redis"])
def test_a_process_killed_during_a_training_never_leaves_partial_lists(stack, victim, process):
    """Meanwhile the previous lists are served, or none."""
    victim.ingest_numbers(range(40))
    victim.import_sales(as_csv(order_lines()))
    job = victim.send_sales(as_csv(order_lines(users=300, seed=7))).json()
    training = running_training(victim, victim.wait_for_job(job["id"])["result"]["training"])
    first = victim.http.get(f"{victim.path}/recommender").json()["generation"]
    stack.kill(process)
    killed = time.time()
    generations = set()

    def has_ended():
        response = victim.recommendations(user(0))
        if response.status_code == 200:
            generations.add(response.json()["generation"])
            assert len(response.json()["recommendations"]) == 10
        return victim.job(training).get("state") in {"succeeded", "failed"}

    eventually(has_ended)
    ended = victim.job(training)
    assert_outlasted(ended, killed)
    assert ended["state"] == "succeeded"
    eventually(victim.is_ready)
    assert generations <= {first, training}
    assert victim.http.get(f"{victim.path}/recommender").json()["generation"] == training
    eventually(lambda: _generation(victim, user(299)) == (200, training))


def _generation(shop, name):
    response = shop.recommendations(name)
    return response.status_code, response.json().get("generation")


def test_a_deletion_while_the_cache_is_down_changes_nothing_and_can_be_repeated(stack, victim):
    victim.ingest_numbers(range(3))
    item = f"{victim.path}/items/1"
    stack.stop("cache")
    refused = victim.http.delete(item)
    read = victim.http.get(item)
    stack.start("cache")
    stack.await_ready("cache")
    assert (refused.status_code, read.status_code) == (503, 200)
    eventually(lambda: victim.http.delete(item).status_code == 204)
    assert victim.http.get(item).status_code == 404
    eventually(victim.is_ready)
