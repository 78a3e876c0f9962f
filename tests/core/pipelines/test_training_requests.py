"""When automatic training runs start."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.jobs import JobKind, NewJob
from core.jobs.ledger_reader import PREFIX
from core.pipelines.training_requests import request_training, waits_for_data
from core.pipelines.training_schedule import TrainingSchedule
from core.settings import JobSettings
from tests.support.trainable_shop import train_once

pytestmark = pytest.mark.stack

DEFAULTS = TrainingSchedule.from_settings(JobSettings())


def open_trainings(services):
    return services.ledger.open_jobs_of("shop", JobKind.TRAIN)


def test_the_first_training_starts_at_once_and_later_ones_are_put_off(services, shop):
    services = replace(services, training_schedule=DEFAULTS)
    (first,) = open_trainings(services)
    assert first.scheduled_for is None
    train_once(services)
    job = services.ledger.get(request_training("shop", services))
    assert job.scheduled_for - job.created_at == timedelta(minutes=30)
    assert request_training("shop", services) == job.id
    assert request_training("shop", services, at_once=True) == job.id
    assert services.ledger.get(job.id).scheduled_for is None


def test_a_training_that_is_due_waits_while_data_comes_in_but_not_for_ever(services, shop):
    train_once(services)
    for imported in services.ledger.open_jobs_of("shop", JobKind.IMPORT_SALES):
        services.ledger.cancel(imported.id)
    services = replace(services, training_schedule=TrainingSchedule(1000, 2500))
    job = request_training("shop", services)
    services.ledger.create(NewJob(kind=JobKind.INGEST, collection="elsewhere"))
    move_back(services, job, "not_before")
    assert not waits(services, job)
    services.ledger.create(NewJob(kind=JobKind.INGEST, collection="shop"))
    assert waits(services, job)
    assert services.ledger.get(job).scheduled_for > datetime.now(UTC) + timedelta(minutes=10)
    move_back(services, job, "not_before", "latest")
    assert not waits(services, job)
    assert services.ledger.orphaned_steps(job, silent_s=60) == 1


def move_back(services, job, *times):
    """Move times of a job back by an hour, as if it had been requested that much earlier."""
    for name in times:
        services.ledger._redis.hincrby(f"{PREFIX}job:{job}", name, -3_600_000)


def waits(services, job):
    return waits_for_data(services.ledger.get(job), services.ledger.open_jobs(), services)


def test_a_daily_training_waits_for_its_time_of_day():
    schedule = TrainingSchedule(300, 7200, "03:00 Europe/Berlin")
    delay = schedule.delay(datetime(2026, 1, 5, 22, tzinfo=UTC))
    assert (delay.seconds, delay.at_most) == (4 * 3600, 6 * 3600)


def count_runs(schedule, requests):
    """How many runs these requests lead to; a request joins the queued run, as in the ledger."""
    runs, due, latest = 0, None, None
    for moment in sorted(requests):
        if due is not None and moment >= due:
            due = None
        delay = schedule.delay(moment)
        if due is None:
            runs += 1
            due, latest = (moment + timedelta(seconds=s) for s in (delay.seconds, delay.at_most))
        due = min(max(due, moment + timedelta(seconds=delay.seconds)), latest)
    return runs


@pytest.mark.parametrize(
    ("schedule", "most"),
    [(DEFAULTS, 4), (replace(DEFAULTS, train_at="03:00"), 2)],
    ids=["quiet time", "time of day"],
)
def test_a_day_of_uploads_leads_to_few_trainings(schedule, most):
    rng, midnight = random.Random(1), datetime(2026, 1, 5, tzinfo=UTC)
    night = [midnight + timedelta(hours=1, minutes=rng.uniform(0, 60)) for _ in range(18)]
    sales = [midnight + timedelta(hours=hour) for hour in (1, 2, 14)]
    by_day = [midnight + timedelta(hours=hour) for hour in (10, 16)]
    # the 5,000 changes of attributes request none
    assert 1 <= count_runs(schedule, [*night, *sales, *by_day]) <= most
