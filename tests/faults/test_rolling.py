"""Every program is stopped and restarted in turn under load, as in a rolling update."""

import itertools
import random
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from embedded.processes import programs
from tests.faults.campaign import invariants
from tests.faults.campaign.clients import BackgroundClients, PatientClient
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import CSV, zip_of_images

pytestmark = [pytest.mark.stack, pytest.mark.thorough, pytest.mark.timeout(1500)]

ROUNDS = 10
IMAGES_PER_JOB = 60
PAUSE_S = 5
USERS = [user(number) for number in range(60)]


def ingest_repeatedly(client, background, stop):
    for first in itertools.count(40, IMAGES_PER_JOB):
        if stop.is_set():
            return
        numbers = range(first, first + IMAGES_PER_JOB)
        files = {"files": ("images.zip", zip_of_images(numbers))}
        path = f"{client.shop.path}/items"
        client.wait_for_job(client.submit(path, f"items-{first}", files=files))
        background.acknowledged += [str(number) for number in numbers]
        stop.wait(PAUSE_S)


def train_repeatedly(client, _, stop):
    for seed in itertools.count(1):
        if stop.is_set():
            return
        lines = as_csv(order_lines(users=len(USERS), seed=seed))
        path = f"{client.shop.path}/sales"
        job = client.submit(path, f"sales-{seed}", content=lines, headers=CSV)
        client.wait_for_job(client.wait_for_job(job)["result"]["training"])
        stop.wait(PAUSE_S)


def sigkill_lines(stack):
    """Lines of supervisord's log about processes that did not stop by themselves."""
    log = (stack.data / "logs" / "supervisord.log").read_text()
    return [line for line in log.splitlines() if "with SIGKILL" in line]


def restart_all(stack, count_responses):
    """Restart each program ten times; return stop times and responses meanwhile, by program."""
    stop_times_s, responses = defaultdict(list), defaultdict(Counter)
    names = [process.name for process in programs(stack.settings)]
    rng = random.Random(1)
    for name in [name for _ in range(ROUNDS) for name in rng.sample(names, len(names))]:
        before, start = count_responses(), time.monotonic()
        stack.stop(name)
        stop_times_s[name].append(time.monotonic() - start)
        stack.start(name)
        time.sleep(1)  # refused clients have retried after this
        responses[name].update(count_responses() - before)
    return stop_times_s, responses


# the HTTP client leaves a socket open if its server stops in the middle of a response
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ten_updates_under_load_fail_no_job_and_only_restarts_of_the_api_drop_requests(
    own_stack, capsys
):
    clients = [PatientClient(own_stack.url, "rolling") for _ in range(3)]
    background, stop = BackgroundClients(own_stack.url, "rolling", USERS), Event()

    def count_responses():
        counts = [client.counts for client in clients]
        return sum([*counts, *background.counts.values()], Counter())

    clients[0].shop.create()
    clients[0].shop.ingest_numbers(range(40))
    background.acknowledged += [str(number) for number in range(40)]
    with ThreadPoolExecutor(2) as pool, background.running():
        futures = [
            pool.submit(work, client, background, stop)
            for work, client in zip((ingest_repeatedly, train_repeatedly), clients[1:], strict=True)
        ]
        try:
            stop_times_s, responses = restart_all(own_stack, count_responses)
        finally:
            stop.set()
        for future in futures:
            future.result()
    jobs = invariants.wait_for_all_jobs(clients[0])
    with capsys.disabled():
        for name, seconds in stop_times_s.items():
            slowest, counts = max(seconds), dict(responses[name])
            sys.stdout.write(f"\n{name}: {slowest:.1f} s at most to stop; {counts}")
        sys.stdout.write(f"\n{len(jobs)} jobs, {len(background.acknowledged)} images\n")
    assert background.violations == []
    assert [name for name, counts in responses.items() if counts[0] and name != "api"] == []
    assert sigkill_lines(own_stack) == []
    invariants.check_jobs_succeeded(jobs)
    invariants.check_images(own_stack, clients[0], background.acknowledged)
    for client in clients:
        client.shop.http.close()
