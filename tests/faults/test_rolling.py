"""Every process of ours is stopped and started again in turn, as for an update, under load."""

import itertools
import random
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from embedded.processes import programs
from tests.faults import invariants
from tests.faults.clients import Patient, Watcher
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import numbered

pytestmark = [pytest.mark.stack, pytest.mark.thorough, pytest.mark.timeout(1500)]

ROUNDS = 10
EACH = 60
PAUSE_S = 5
USERS = [user(number) for number in range(60)]


def fill(client, watcher, over):
    """One ingest after the other."""
    for first in itertools.count(40, EACH):
        if over.is_set():
            return
        numbers = range(first, first + EACH)
        files = {"files": ("some.zip", numbered(numbers))}
        client.ended(client.send(f"{client.shop.path}/items", f"items-{first}", files=files))
        watcher.acknowledged += [str(number) for number in numbers]
        over.wait(PAUSE_S)


def train(client, watcher, over):
    """One training after the other."""
    for seed in itertools.count(1):
        if over.is_set():
            return
        lines = as_csv(order_lines(users=len(USERS), seed=seed))
        kind = {"content-type": "text/csv"}
        path = f"{client.shop.path}/sales"
        job = client.ended(client.send(path, f"sales-{seed}", content=lines, headers=kind))
        client.ended(job["result"]["training"])
        over.wait(PAUSE_S)


def killed(stack):
    """What did not stop by itself."""
    log = (stack.data / "logs" / "supervisord.log").read_text()
    return [line for line in log.splitlines() if "with SIGKILL" in line]


def rolled(stack, seen):
    """Stop and start each part; seconds that each took to stop, and answers meanwhile by part."""
    took_s, answers = defaultdict(list), defaultdict(Counter)
    names = [part.name for part in programs(stack.settings)]
    for name in itertools.chain.from_iterable(
        random.Random(1).sample(names, len(names)) for _ in range(ROUNDS)
    ):
        before, begun = seen(), time.monotonic()
        stack.stop(name)
        took_s[name].append(time.monotonic() - begun)
        stack.start(name)
        time.sleep(1)  # whoever was refused has asked again
        answers[name].update(seen() - before)
    return took_s, answers


# the client's library leaves sockets open whose server goes in the middle of an answer
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ten_updates_under_load_fail_no_job_and_refuse_only_while_the_api_itself_is_away(
    own_stack, capsys
):
    clients = [Patient(own_stack.url, "rolling") for _ in range(3)]
    watcher, over = Watcher(own_stack.url, "rolling", USERS), Event()

    def seen():
        return sum((client.seen for client in clients), sum(watcher.counts.values(), Counter()))

    clients[0].shop.create()
    clients[0].shop.ingest_numbers(range(40))
    watcher.acknowledged += [str(number) for number in range(40)]
    with ThreadPoolExecutor(2) as pool, watcher.watching():
        work = [
            pool.submit(what, client, watcher, over)
            for what, client in zip((fill, train), clients[1:], strict=True)
        ]
        try:
            took_s, answers = rolled(own_stack, seen)
        finally:
            over.set()
        for one in work:
            one.result()
    jobs = invariants.all_jobs_end(clients[0])
    with capsys.disabled():
        for name, told in took_s.items():
            sys.stdout.write(f"\n{name}: {max(told):.1f} s at most to stop; {dict(answers[name])}")
        sys.stdout.write(f"\n{len(jobs)} jobs, {len(watcher.acknowledged)} pictures\n")
    assert watcher.broken == []
    assert [name for name, told in answers.items() if told[0] and name != "api"] == []
    assert killed(own_stack) == []
    invariants.jobs_succeeded(jobs)
    invariants.pictures_are_there_once(own_stack, clients[0], watcher.acknowledged)
    for client in clients:
        client.shop.http.close()
