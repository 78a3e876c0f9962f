"""Both Redis are one that sentinels watch: it dies in the middle of the work, and another is it."""

import signal
import time

import pytest

from core.connections.redis_client import connect
from core.connections.urls import redis_url
from core.jobs import JobKind, Ledger, NewJob
from core.jobs.ledger import COPIED_MS
from embedded.stack import Stack
from tests.flows.test_sales_flow import add, recommended
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.sentinels import sentinels
from tests.support.shop_client import Shop, eventually, numbered
from tests.support.stack_settings import make_settings

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

SECRET = "p@ss/w:rd&%20"


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    with sentinels(tmp_path_factory.mktemp("sentinels"), SECRET) as running:
        eventually(lambda: running.copies() == 1)
        yield running


@pytest.fixture(scope="module")
def watched_stack(watched, tmp_path_factory):
    urls = {"redis_url": watched.url, "cache_url": f"{watched.url}/1"}
    urls |= {"redis_password": SECRET, "cache_password": SECRET}
    settings = make_settings(tmp_path_factory.mktemp("stack")).model_copy(update=urls)
    with Stack(settings) as stack:
        yield stack


def test_a_job_waits_for_the_copy_to_have_it_but_not_for_ever(watched):
    redis = connect(redis_url(watched.url, password=SECRET, ca=None))
    ledger = Ledger(redis, copied=True)
    (copy,) = (one for port, one in watched.servers.items() if port != watched.master())
    copy.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    job = ledger.create(NewJob(kind=JobKind.TRAIN, collection="shop"))
    took = time.monotonic() - began
    copy.send_signal(signal.SIGCONT)
    assert took >= COPIED_MS / 1000
    assert ledger.get(job.id) == job
    redis.flushall()


def test_jobs_go_on_and_none_is_lost_when_redis_dies_and_its_copy_takes_over(
    watched, watched_stack
):
    with Shop(watched_stack.url, "moved") as shop:
        shop.create()
        shop.ingest_numbers(range(40))
        add(shop, as_csv(order_lines()))
        sent = [shop.send([("some.zip", numbered(range(n, n + 60)))]) for n in (100, 200, 300)]
        shop.job_when(sent[0].json()["id"], lambda one: one["progress"]["done"] > 0)
        dead = watched.kill_master()
        eventually(lambda: watched.master() != dead)
        for answer in sent:
            ended = shop.ended(answer.json()["id"], within=180)
            taken = ended["progress"]["done"] + ended["progress"]["skipped"]  # those done twice
            assert (ended["state"], taken) == ("succeeded", 60)
        numbers = [*range(40), *range(100, 160), *range(200, 260), *range(300, 360)]
        assert sorted(shop.skus(), key=int) == [str(n) for n in numbers]
        eventually(lambda: shop.search(jpeg(7)).status_code == 200)
        assert shop.found(jpeg(7), limit=1)[0]["sku"] == "7"
        eventually(lambda: recommended(shop, user(0)).json().get("personal"))
        assert shop.ingest_numbers(range(400, 410))["state"] == "succeeded"
        assert shop.http.get("/health/ready").status_code == 200
