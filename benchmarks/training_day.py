"""`python -m benchmarks.training_day`: how many training runs one day of a shop causes.

The day passes in a minute and a half, with the real ledger, sweeper and item sync. It brings
20 uploads and 3 sales files, most of them at night, and 5,000 changes of attributes. A training run
takes ten minutes of simulated time. Compares the default settings with never putting off a run.
"""

import random
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.support.results import Result, save_results
from core.jobs import Claim, JobKind, JobMessage, JobQueue, Outcome
from core.pipelines.item_index_sync import sync_items
from core.pipelines.services import Services, no_heartbeat
from core.pipelines.training_requests import request_training
from core.pipelines.training_schedule import TrainingSchedule
from core.settings import JobSettings
from core.storage import Collection, Recommender
from core.storage.recommender import Training
from tests.support.trainable_shop import make_shop, open_services
from workers.periodic import sweep

FACTOR = 1000
"""Seconds of the day in a second of the simulation."""
DAY_S, RUN_S, SWEEP_S = 86_400, 600, 5
UPLOADS_BY_NIGHT, UPLOADS_BY_DAY, CHANGES = 16, 4, 5_000
SALES_HOURS = (1.5, 2.5, 13)


@dataclass
class Shop:
    """A shop with a simulated worker, and the times at which it has started training runs."""

    services: Services
    collection: Collection
    messages: deque[JobMessage]
    runs: list[float] = field(default_factory=list)
    running: tuple[Claim, float] | None = None
    """The claim of the current run, and when it ends."""
    numbers: random.Random = field(default_factory=lambda: random.Random(1))

    def change(self) -> None:
        """Record a change of an item."""
        self.services.job_queue.record_changes("shop", [str(self.numbers.randrange(40))])

    def bring_data(self) -> None:
        """Request training, as an upload or a sales import does when it ends."""
        request_training("shop", self.services)

    def work(self) -> None:
        """Sweep, end the training run if its time is up, and start the jobs that have a message."""
        sweep(self.services, SWEEP_S / FACTOR)
        if self.running and time.monotonic() >= self.running[1]:
            self._end_run(self.running[0])
        for _ in range(len(self.messages)):
            message = self.messages.popleft()
            kind, job_id, _ = message
            if kind is JobKind.TRAIN and self.running:
                self.messages.append(message)
            elif claim := self.services.ledger.claim(job_id):
                self._start(kind, claim)

    def _start(self, kind: JobKind, claim: Claim) -> None:
        if kind is JobKind.TRAIN:
            self.runs.append(time.monotonic())
            self.running = claim, time.monotonic() + RUN_S / FACTOR
        else:
            job = self.services.ledger.get(claim.job_id)
            self._commit(claim, sync_items(job, self.services, no_heartbeat))

    def _end_run(self, claim: Claim) -> None:
        store = self.services.generations(self.collection)
        training = Training(at=datetime.now(UTC), fingerprint="")
        store.put_recommender(store.recommender().publish(claim.job_id, training))
        self._commit(claim, Outcome())
        self.running = None

    def _commit(self, claim: Claim, outcome: Outcome) -> None:
        ledger = self.services.ledger
        ledger.commit(claim, outcome)
        if last := ledger.claim(claim.job_id):
            ledger.commit(last, Outcome())


def main() -> None:
    """Simulate the day with each schedule, and print which training runs it causes."""
    jobs = JobSettings()
    quiet_s, longest_s = jobs.train_quiet_s, jobs.train_max_delay_s
    schedules = {
        "never put off": TrainingSchedule(0, 0),
        f"{quiet_s:.0f} s of quiet": TrainingSchedule(quiet_s / FACTOR, longest_s / FACTOR),
    }
    results = []
    for name, schedule in schedules.items():
        starts = _simulate(schedule)
        times = " ".join(f"{int(hour):02}:{int(hour % 1 * 60):02}" for hour in starts)
        print(f"{name:<16}{len(starts):>4} training runs: {times}", flush=True)
        results.append(Result(name=name, rounds=(len(starts),), unit="runs", better="lower"))
    save_results("training-day", results)


def _simulate(schedule: TrainingSchedule) -> list[float]:
    """Simulate the day; return the hours at which training runs start."""
    with tempfile.TemporaryDirectory() as folder, open_services(Path(folder)) as opened:
        collection = make_shop(opened).collection
        for job in opened.ledger.open_jobs():
            opened.ledger.cancel(job.id)
        opened.vectors.create(collection.index_name, 2)
        trained = Recommender().publish("before", Training(at=datetime.now(UTC), fingerprint=""))
        opened.generations(collection).put_recommender(trained)
        messages = deque[JobMessage]()
        queue = JobQueue(opened.ledger, messages.append)
        services = replace(opened, job_queue=queue, training_schedule=schedule)
        shop = Shop(services, collection, messages)
        started = time.monotonic()
        for at, is_change in _day():
            while (time.monotonic() - started) * FACTOR < at:
                shop.work()
                time.sleep(SWEEP_S / FACTOR)
            (shop.change if is_change else shop.bring_data)()
        return [(at - started) * FACTOR / 3600 for at in shop.runs]


def _day() -> list[tuple[float, bool]]:
    """Return the day's events: when each happens, in seconds, and whether it changes an item."""
    numbers = random.Random(1)
    night = [numbers.uniform(1, 3) * 3600 for _ in range(UPLOADS_BY_NIGHT)]
    day = [numbers.uniform(8, 20) * 3600 for _ in range(UPLOADS_BY_DAY)]
    sales = [hour * 3600 for hour in SALES_HOURS]
    changes = [numbers.uniform(0, DAY_S) for _ in range(CHANGES)]
    data = [(at, False) for at in (*night, *day, *sales)]
    return sorted([*data, *((at, True) for at in changes)])


if __name__ == "__main__":
    main()
