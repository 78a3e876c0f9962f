"""One poll of the ledger for all streams of events, with a real Redis."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services.job_feed import POLL_INTERVAL_S, JobFeed
from core.connections.redis_client import connect
from core.errors import Unavailable
from core.jobs import JobKind, Ledger, NewJob
from core.settings import Settings
from core.storage import Keys, Role
from tests.support.event_loops import in_event_loop
from tests.support.servers import free_port, redis_server
from tests.support.shop_client import PATIENCE_S, eventually

pytestmark = pytest.mark.stack


@pytest.fixture
def redis(tmp_path):
    with redis_server(tmp_path) as url:
        redis = connect(url)
        redis.url = url
        yield redis


def create(ledger, collection="shop"):
    return ledger.create(NewJob(kind=JobKind.TRAIN, collection=collection))


def test_any_number_of_watchers_cost_one_poll(redis):
    ledger = Ledger(redis)
    jobs = [create(ledger) for _ in range(5)]
    redis.config_resetstat()
    started = time.monotonic()

    async def watch(feed, job_id):
        with feed.watch(job_id):
            for _ in range(3):
                await asyncio.sleep(POLL_INTERVAL_S)
                polled = await feed.jobs()
        return polled

    async def run():
        feed = JobFeed(ledger)
        watchers = [watch(feed, job_id) for job_id in [None, *(job.id for job in jobs)] * 20]
        return await asyncio.gather(*watchers)

    for polled in in_event_loop(run):
        assert {job.id for job in jobs} <= polled.keys()
    most_polls = (time.monotonic() - started) / POLL_INTERVAL_S + 1
    assert redis.info("commandstats")["cmdstat_zrevrange"]["calls"] <= most_polls


def test_a_job_is_the_same_object_until_it_changes_and_is_listed_once_more_after_its_end(redis):
    ledger = Ledger(redis)
    job = create(ledger)
    for _ in range(20):  # so that the job is not among the newest
        ledger.cancel(create(ledger).id)

    async def run():
        feed, polls = JobFeed(ledger), []
        with feed.watch():
            for step in range(5):
                if step == 2:
                    ledger.cancel(job.id)
                polls.append((await feed.jobs()).get(job.id))
                await asyncio.sleep(POLL_INTERVAL_S)
        return polls

    first, second, ended, *later = in_event_loop(run)
    assert first is second
    assert ended != first
    assert ended.state.final
    assert later == [None, None]


def test_watchers_are_told_while_redis_is_away():
    async def run():
        feed = JobFeed(Ledger(connect(f"redis://127.0.0.1:{free_port()}/0")))
        with feed.watch():
            return await asyncio.gather(*(feed.jobs() for _ in range(3)), return_exceptions=True)

    assert [type(error) for error in in_event_loop(run)] == [Unavailable] * 3


@pytest.mark.parametrize("path", ["/v1/jobs/events", "/v1/jobs/{job}/events"])
def test_the_stream_of_a_revoked_key_ends(redis, tmp_path, path):
    app = create_app(Settings(data=tmp_path, redis_url=redis.url, cache_url=redis.url))
    with TestClient(app) as client, ThreadPoolExecutor(1) as pool:
        job = create(app.state.services.ledger)
        keys = Keys(app.state.services.files)
        key, text = keys.create("till", Role.READ)
        headers = {"Authorization": f"Bearer {text}"}
        stream = pool.submit(client.get, path.format(job=job.id), headers=headers)
        eventually(lambda: app.state.services.job_feed._watched)
        assert not stream.done()
        keys.revoke(key.id)
        answer = stream.result(PATIENCE_S)
    assert answer.status_code == 200
    assert job.id in answer.text
