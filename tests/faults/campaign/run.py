"""One run with a seed: a shop is filled, trained, thinned out and deleted while processes die."""

import random
import time
from dataclasses import dataclass, field
from functools import cache

import httpx2

from tests.faults.campaign import invariants
from tests.faults.campaign.clients import BackgroundClients, InvariantViolation, PatientClient
from tests.faults.campaign.process_killer import ProcessKiller
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import CSV, zip_of_images
from tests.support.stack_data import open_collection

USERS = 60
_zip_of_images = cache(zip_of_images)  # all runs upload the same archives


@dataclass(frozen=True)
class Size:
    """How much work a run does, and how many processes are killed in each of its phases."""

    images: int
    uploads: int
    deletions: int
    kills: int
    pause_s: float


SHORT = Size(images=60, uploads=4, deletions=10, kills=3, pause_s=0.8)
LONG = Size(images=1000, uploads=10, deletions=50, kills=9, pause_s=3)


@dataclass
class Run:
    """The result of a run; `violation` is the invariant that broke."""

    seed: int
    kills: dict[str, int] = field(default_factory=dict)
    images: int = 0
    deleted: int = 0
    jobs: int = 0
    responses: dict[str, dict[int, int]] = field(default_factory=dict)
    """Of the background clients, by activity and status."""
    recovery_s: float = 0
    """From the last kill until every process is ready."""
    jobs_end_s: float = 0
    """From then until every job has ended."""
    total_s: float = 0
    phases_s: list[float] = field(default_factory=list)
    violation: str = ""


def run_campaign(stack, seed, size):
    """Fill, train, thin out and delete a shop; a broken invariant is reported, never raised."""
    start, run = time.monotonic(), Run(seed)
    rng = random.Random(seed)
    killer = ProcessKiller(stack, rng, pause_s=size.pause_s)
    with PatientClient(stack.url, f"faults-{seed}-{int(time.time())}") as client:
        try:
            _Campaign(stack, client, killer, rng, size, run).execute()
        except (httpx2.HTTPError, AssertionError) as exc:
            run.violation = f"{type(exc).__name__}: {exc}"
    run.kills = {name: killer.killed.count(name) for name in sorted(set(killer.killed))}
    run.total_s = time.monotonic() - start
    return run


class _Campaign:
    def __init__(self, stack, client, killer, rng, size, run):
        self._stack, self._client, self._killer = stack, client, killer
        self._rng, self._size, self._run = rng, size, run
        self._users = [user(number) for number in range(USERS)]
        self._background = BackgroundClients(stack.url, client.shop.name, self._users)

    def execute(self):
        name = {"name": self._client.shop.name}
        self._client.request("POST", "/v1/collections", {201}, json=name)
        with self._background.running():
            for phase in (self._ingest, self._train, self._delete_items):
                start = time.monotonic()
                self._killer.kill_during(phase, self._size.kills)
                self._run.phases_s.append(time.monotonic() - start)
            jobs = self._await_recovery()
        self._run.responses = {
            activity: dict(counts) for activity, counts in self._background.counts.items()
        }
        self._check(jobs)
        self._delete_collection()

    def _ingest(self):
        """Upload images; some uploads wait for the job of the one before to end, some do not."""
        step = self._size.images // self._size.uploads
        for start in range(0, self._size.images, step):
            numbers = range(start, start + step)
            files = [("files", (f"{start}.zip", _zip_of_images(numbers)))]
            job = self._client.submit(f"{self._path}/items", f"upload-{start}", files=files)
            self._background.jobs.append(job)
            if self._rng.random() < 0.5:
                self._client.wait_for_job(job)
            self._background.acknowledged += [str(number) for number in numbers]
        self._import_sales(seed=1)

    def _train(self):
        self._import_sales(seed=2)

    def _import_sales(self, seed):
        lines = as_csv(order_lines(users=USERS, seed=seed))
        path = f"{self._path}/sales"
        job = self._client.submit(path, f"sales-{seed}", content=lines, headers=CSV)
        self._background.jobs.append(job)
        training = self._client.wait_for_job(job)["result"]["training"]
        self._background.jobs.append(training)
        self._client.wait_for_job(training)

    def _delete_items(self):
        for job in self._background.jobs:  # images that are not imported yet cannot be deleted
            self._client.wait_for_job(job)
        for sku in self._rng.sample(self._background.acknowledged, self._size.deletions):
            self._client.delete(sku)
            self._background.deleted.add(sku)

    def _await_recovery(self):
        """Wait until every process is ready and every job has ended; return the jobs."""
        start = time.monotonic()
        for name in self._stack.names:
            self._stack.await_ready(name)
        self._run.recovery_s = time.monotonic() - start
        jobs = invariants.wait_for_all_jobs(self._client)
        self._run.jobs_end_s = time.monotonic() - start - self._run.recovery_s
        return jobs

    def _check(self, jobs):
        background = self._background
        skus = set(background.acknowledged) - background.deleted
        self._run.images = len(background.acknowledged)
        self._run.deleted, self._run.jobs = len(background.deleted), len(jobs)
        if background.violations:
            raise InvariantViolation("; ".join(background.violations))
        invariants.check_jobs_succeeded(jobs)
        invariants.check_images(self._stack, self._client, skus)
        invariants.check_lists(self._stack, self._client, self._users, skus)
        invariants.check_generations(self._client, background.generations)

    def _delete_collection(self):
        """Delete the whole collection; a process dies meanwhile."""
        index = open_collection(self._stack, self._client.shop).index_name
        response = self._client.request("DELETE", self._path, {202, 404})
        if response.status_code == 202:
            job = response.json()["id"]
            self._killer.kill_during(lambda: self._client.wait_for_job(job), 1)
        self._await_recovery()
        invariants.check_deleted(self._stack, self._client, index)

    @property
    def _path(self):
        return self._client.shop.path
