"""The API is killed at random moments while many pictures come, each with a request of its own."""

import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from core.connections.redis_client import connect
from core.jobs import Ledger
from core.pipelines.housekeeping import BROKEN_OFF_KEPT, drop_old_uploads
from core.storage import Files, Uploads
from tests.faults.clients import Patient
from tests.faults.invariants import all_jobs_end, jobs_succeeded, pictures_are_there_once
from tests.support.images import jpeg

pytestmark = [pytest.mark.stack, pytest.mark.thorough, pytest.mark.timeout(600)]

CLIENTS = 6
PICTURES = 1000
PAUSE_S = 2


def sent(url, name, numbers):
    """Send pictures one by one, each until it is accepted; the jobs, and what was answered."""
    client = Patient(url, name)
    with client.shop as shop:
        jobs = [
            client.send(f"{shop.path}/items", f"key-{n}", files={"files": (f"{n}.jpg", jpeg(n))})
            for n in numbers
        ]
    return jobs, client.seen


def by_many(url, name):
    """What all clients together were given."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = [range(first, PICTURES, CLIENTS) for first in range(CLIENTS)]
        told = list(pool.map(lambda share: sent(url, name, share), shares))
    jobs = [job for jobs, _ in told for job in jobs]
    return jobs, sum((seen for _, seen in told), Counter())


def under_fire(stack, work):
    """What it gives, and how often the API was killed meanwhile; each time when it was back."""
    dice, kills = random.Random(3), 0
    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(work)
        while True:
            time.sleep(dice.uniform(0, PAUSE_S))
            if doing.done():
                return *doing.result(), kills
            stack.kill("api")
            kills += 1
            stack.await_ready("api")


def services_of(stack):
    ledger = Ledger(connect(stack.settings.redis))
    return SimpleNamespace(uploads=Uploads(Files(stack.settings.store)), ledger=ledger)


# the client's library leaves sockets open whose server dies in the middle of an answer
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_every_upload_that_was_accepted_is_done_once_however_often_the_api_dies(own_stack, capsys):
    client = Patient(own_stack.url, "uploads")
    with client.shop as shop:
        shop.create()
        accepted, seen, kills = under_fire(own_stack, lambda: by_many(own_stack.url, shop.name))
        jobs = all_jobs_end(client)
        with capsys.disabled():
            sys.stdout.write(f"\n{kills} kills; answers {dict(seen)}, 0 is none\n")
        assert sorted(job["id"] for job in jobs) == sorted(accepted)
        jobs_succeeded(jobs)
        assert {job["progress"]["done"] for job in jobs} == {1}
        pictures_are_there_once(own_stack, client, [str(n) for n in range(PICTURES)])
    services = services_of(own_stack)
    left = drop_old_uploads(services, datetime.now(UTC) + BROKEN_OFF_KEPT + timedelta(minutes=1))
    assert left  # requests that broke off: the next day nothing is left of them
    assert list(services.uploads.arrivals()) == []
    assert kills >= 10
