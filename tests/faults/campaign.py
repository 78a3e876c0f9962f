"""One run with a seed: a shop is filled, trained, thinned out and dropped while parts die."""

import random
import time
from dataclasses import dataclass, field
from functools import cache

import httpx2

from tests.faults import invariants
from tests.faults.clients import Broken, Patient, Watcher
from tests.faults.process_killer import Killer
from tests.support.archives import zipped
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user

USERS = 60


@dataclass(frozen=True)
class Size:
    """How much is done in a run, and how many parts are killed in each of its phases."""

    pictures: int
    uploads: int
    deletions: int
    kills: int
    pause_s: float


SHORT = Size(pictures=60, uploads=4, deletions=10, kills=3, pause_s=0.8)
LONG = Size(pictures=1000, uploads=10, deletions=50, kills=9, pause_s=3)


@dataclass
class Run:
    """What happened in a run; `broken` says what did not hold."""

    seed: int
    kills: dict[str, int] = field(default_factory=dict)
    pictures: int = 0
    deleted: int = 0
    jobs: int = 0
    watched: dict[str, dict[int, int]] = field(default_factory=dict)
    back_s: float = 0
    """From the last kill until every part is back."""
    ended_s: float = 0
    """From then until every job has ended."""
    took_s: float = 0
    phases_s: list[float] = field(default_factory=list)
    broken: str = ""


def run(stack, seed, size):
    """Fill, train, delete, drop; under fire. Never raises for what did not hold: it is told."""
    begun, told = time.monotonic(), Run(seed)
    dice = random.Random(seed)
    killer = Killer(stack, dice, pause_s=size.pause_s)
    with Patient(stack.url, f"faults-{seed}-{int(time.time())}").shop as shop:
        client = Patient(stack.url, shop.name)
        try:
            _Fire(stack, client, killer, dice, size, told).go()
        except (Broken, httpx2.HTTPError, AssertionError) as exc:
            told.broken = f"{type(exc).__name__}: {exc}"
    told.kills = {name: killer.killed.count(name) for name in sorted(set(killer.killed))}
    told.took_s = time.monotonic() - begun
    return told


class _Fire:
    def __init__(self, stack, client, killer, dice, size, told):
        self._stack, self._client, self._killer = stack, client, killer
        self._dice, self._size, self._told = dice, size, told
        self._users = [user(number) for number in range(USERS)]
        self._watcher = Watcher(stack.url, client.shop.name, self._users)

    def go(self):
        self._client.ask("POST", "/v1/collections", {201}, json={"name": self._client.shop.name})
        with self._watcher.watching():
            for phase in (self._ingest, self._train, self._delete):
                begun = time.monotonic()
                self._killer.during(phase, self._size.kills)
                self._told.phases_s.append(time.monotonic() - begun)
            jobs = self._all_back()
        self._told.watched = {what: dict(seen) for what, seen in self._watcher.counts.items()}
        self._check(jobs)
        self._drop()

    def _ingest(self):
        """Uploads one after the other; some wait for their job to end, some do not."""
        each = self._size.pictures // self._size.uploads
        for start in range(0, self._size.pictures, each):
            numbers = range(start, start + each)
            files = [("files", (f"{start}.zip", _zip(numbers)))]
            job = self._client.send(f"{self._path}/items", f"upload-{start}", files=files)
            self._watcher.jobs.append(job)
            if self._dice.random() < 0.5:
                self._client.ended(job)
            self._watcher.acknowledged += [str(number) for number in numbers]
        self._sell(seed=1)

    def _train(self):
        self._sell(seed=2)

    def _sell(self, seed):
        lines = as_csv(order_lines(users=USERS, seed=seed))
        headers = {"content-type": "text/csv"}
        path = f"{self._path}/sales"
        job = self._client.send(path, f"sales-{seed}", content=lines, headers=headers)
        self._watcher.jobs.append(job)
        training = self._client.ended(job)["result"]["training"]
        self._watcher.jobs.append(training)
        self._client.ended(training)

    def _delete(self):
        for job in self._watcher.jobs:  # what has not been taken in yet cannot be deleted
            self._client.ended(job)
        for sku in self._dice.sample(self._watcher.acknowledged, self._size.deletions):
            self._client.delete(sku)
            self._watcher.deleted.add(sku)

    def _all_back(self):
        """Every part is back; then every job ends in time."""
        begun = time.monotonic()
        for name in self._stack.names:
            self._stack.await_ready(name)
        self._told.back_s = time.monotonic() - begun
        jobs = invariants.all_jobs_end(self._client)
        self._told.ended_s = time.monotonic() - begun - self._told.back_s
        return jobs

    def _check(self, jobs):
        left = set(self._watcher.acknowledged) - self._watcher.deleted
        self._told.pictures = len(self._watcher.acknowledged)
        self._told.deleted, self._told.jobs = len(self._watcher.deleted), len(jobs)
        if self._watcher.broken:
            raise Broken("; ".join(self._watcher.broken))
        invariants.jobs_succeeded(jobs)
        invariants.pictures_are_there_once(self._stack, self._client, left)
        invariants.lists_are_whole(
            self._stack, self._client, self._users, left, self._watcher.generations
        )

    def _drop(self):
        """The whole collection is deleted; a part dies meanwhile."""
        space = invariants.space_of(self._stack, self._client)
        job = self._client.ask("DELETE", self._path, {202, 404})
        if job.status_code == 202:
            self._killer.during(lambda: self._client.ended(job.json()["id"]), 1)
        self._all_back()
        invariants.nothing_is_left(self._stack, self._client, space)

    @property
    def _path(self):
        return self._client.shop.path


@cache
def _zip(numbers):
    return zipped({f"{number}.jpg": jpeg(number) for number in numbers})
