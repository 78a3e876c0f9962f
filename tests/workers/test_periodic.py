"""The sweeper enqueues jobs that have no message, with a real queue."""

import time
from dataclasses import replace

import pytest
from celery import Celery

from core.jobs import Delay, JobKind, JobQueue, NewJob
from core.jobs.ledger_reader import PREFIX
from tests.support.trainable_shop import open_services
from workers.periodic import sweep

pytestmark = pytest.mark.stack

INTERVAL_S = 0.05
VERIFY = NewJob(kind=JobKind.VERIFY, collection="shop")


@pytest.fixture
def services(tmp_path):
    """Services whose jobs go to a real queue that nobody reads."""
    with open_services(tmp_path) as services:
        options = services.ledger._redis.connection_pool.connection_kwargs
        with Celery(broker=f"redis://{options['host']}:{options['port']}/0") as app:

            def send(message):
                kind = message.kind
                app.send_task(kind.value, args=[message.job_id], queue=kind.queue)

            yield replace(services, job_queue=JobQueue(services.ledger, send))


def sweep_when_silent(services):
    """Sweep after all jobs were silent for long; return the length of the queue."""
    time.sleep(3 * INTERVAL_S)
    sweep(services, INTERVAL_S)
    return services.ledger.queue_length("train")


def test_a_waiting_job_whose_message_is_on_the_queue_gets_no_other(services):
    for _ in range(3):
        services.job_queue.submit(VERIFY)
    assert [sweep_when_silent(services) for _ in range(3)] == [3, 3, 3]


def test_a_job_whose_message_was_lost_gets_one_message(services):
    services.ledger.create(VERIFY)
    services.job_queue.submit(VERIFY)
    assert [sweep_when_silent(services) for _ in range(2)] == [2, 2]


def test_a_training_that_was_put_off_gets_its_message_when_it_is_due(services):
    train = NewJob(kind=JobKind.TRAIN, collection="shop")
    job = services.job_queue.submit_once(train, Delay(1000, 1000))
    assert sweep_when_silent(services) == 0
    services.ledger._redis.hincrby(f"{PREFIX}job:{job.id}", "not_before", -1_001_000)
    assert [sweep_when_silent(services) for _ in range(2)] == [1, 1]
