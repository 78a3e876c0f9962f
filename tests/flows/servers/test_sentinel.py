"""Both Redis are a master watched by sentinels; it dies, and its replica takes over."""

import signal
import time

import pytest

from core.connections.redis_client import connect
from core.connections.urls import redis_url
from core.jobs import JobKind, Ledger, NewJob
from core.jobs.ledger import REPLICATION_WAIT_MS
from embedded.stack import Stack
from tests.support.external.sentinels import sentinels
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import Shop, eventually, zip_of_images
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack

SECRET = "p@ss/w:rd&%20"


@pytest.fixture(scope="module")
def sentinel_servers(tmp_path_factory):
    with sentinels(tmp_path_factory.mktemp("sentinels"), SECRET) as running:
        eventually(lambda: running.replicas() == 1)
        yield running


@pytest.fixture(scope="module")
def sentinel_stack(sentinel_servers, tmp_path_factory):
    urls = {"redis_url": sentinel_servers.url, "cache_url": f"{sentinel_servers.url}/1"}
    urls |= {"redis_password": SECRET, "cache_password": SECRET}
    settings = make_settings(tmp_path_factory.mktemp("stack")).model_copy(update=urls)
    with Stack(settings) as stack:
        yield stack


def test_creating_a_job_waits_for_the_replica_but_not_forever(sentinel_servers):
    redis = connect(redis_url(sentinel_servers.url, password=SECRET, ca=None))
    ledger = Ledger(redis, replicated=True)
    master = sentinel_servers.master()
    (replica,) = (process for port, process in sentinel_servers.servers.items() if port != master)
    replica.send_signal(signal.SIGSTOP)
    start = time.monotonic()
    job = ledger.create(NewJob(kind=JobKind.TRAIN, collection="shop"))
    seconds = time.monotonic() - start
    replica.send_signal(signal.SIGCONT)
    assert seconds >= REPLICATION_WAIT_MS / 1000
    assert ledger.get(job.id) == job
    redis.flushall()


def test_no_job_is_lost_when_redis_dies_and_its_replica_takes_over(
    sentinel_servers, sentinel_stack
):
    with Shop(sentinel_stack.url, "failover") as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        shop.import_sales(as_csv(order_lines()))
        archives = [zip_of_images(range(first, first + 60)) for first in (100, 200, 300)]
        jobs = [shop.send([("images.zip", archive)]).json()["id"] for archive in archives]
        shop.wait_until(jobs[0], lambda job: job["progress"]["done"] > 0)
        dead = sentinel_servers.kill_master()
        eventually(lambda: sentinel_servers.master() != dead)
        for job in jobs:
            ended = shop.wait_for_job(job)
            # a chunk that is repeated after the failover skips its images
            images = ended["progress"]["done"] + ended["progress"]["skipped"]
            assert (ended["state"], images) == ("succeeded", 60)
        numbers = [*range(40), *range(100, 160), *range(200, 260), *range(300, 360)]
        assert sorted(shop.skus(), key=int) == [str(n) for n in numbers]
        eventually(lambda: shop.search(jpeg(7)).status_code == 200)
        assert shop.matches(jpeg(7), limit=1)[0]["sku"] == "7"
        eventually(lambda: shop.recommendations(user(0)).json().get("personal"))
        assert shop.ingest_numbers(range(400, 410))["state"] == "succeeded"
        assert shop.is_ready()
