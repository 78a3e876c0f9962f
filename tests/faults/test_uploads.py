"""The API is killed at random moments while many images arrive, each in a request of its own."""

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
from core.pipelines.housekeeping import INCOMPLETE_UPLOAD_RETENTION, drop_old_uploads
from core.storage import Uploads, open_backend
from tests.faults.campaign.clients import PatientClient
from tests.faults.campaign.invariants import (
    check_images,
    check_jobs_succeeded,
    wait_for_all_jobs,
)
from tests.support.images import jpeg

pytestmark = [pytest.mark.stack, pytest.mark.thorough]

CLIENTS = 6
IMAGES = 1000
PAUSE_S = 2


def upload(url, name, numbers):
    """Upload images one by one, each until it is accepted; return jobs and status counts."""
    with PatientClient(url, name) as client:
        path = f"{client.shop.path}/items"
        jobs = [
            client.submit(path, f"key-{n}", files={"files": (f"{n}.jpg", jpeg(n))}) for n in numbers
        ]
    return jobs, client.counts


def upload_in_parallel(url, name):
    """Upload all images from several clients; return all jobs and status counts."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = [range(first, IMAGES, CLIENTS) for first in range(CLIENTS)]
        results = list(pool.map(lambda share: upload(url, name, share), shares))
    jobs = [job for jobs, _ in results for job in jobs]
    return jobs, sum((counts for _, counts in results), Counter())


def run_while_killing_the_api(stack, work):
    """Run the work, killing the API whenever it is ready; return the result and the kill count."""
    rng, kills = random.Random(3), 0
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        while True:
            time.sleep(rng.uniform(0, PAUSE_S))
            if future.done():
                return *future.result(), kills
            stack.kill("api")
            kills += 1
            stack.await_ready("api")


def open_services(stack):
    ledger = Ledger(connect(stack.settings.redis))
    return SimpleNamespace(uploads=Uploads(open_backend(stack.settings.store)), ledger=ledger)


# the HTTP client leaves a socket open if its server dies in the middle of a response
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_every_accepted_upload_is_processed_once_however_often_the_api_dies(own_stack, capsys):
    with PatientClient(own_stack.url, "uploads") as client:
        client.shop.create()
        accepted, counts, kills = run_while_killing_the_api(
            own_stack, lambda: upload_in_parallel(own_stack.url, client.shop.name)
        )
        jobs = wait_for_all_jobs(client)
        with capsys.disabled():
            sys.stdout.write(f"\n{kills} kills; responses by status {dict(counts)}, 0 is none\n")
        check_jobs_succeeded(jobs)
        imports = [job for job in jobs if job["kind"] == "ingest"]  # others follow them
        assert sorted(job["id"] for job in imports) == sorted(accepted)
        assert {job["progress"]["done"] for job in imports} == {1}
        check_images(own_stack, client, [str(n) for n in range(IMAGES)])
    services = open_services(own_stack)
    next_day = datetime.now(UTC) + INCOMPLETE_UPLOAD_RETENTION + timedelta(minutes=1)
    dropped = drop_old_uploads(services, next_day)
    assert dropped  # the remains of requests that broke off are deleted the next day
    assert list(services.uploads.arrival_times()) == []
    assert kills >= 10
