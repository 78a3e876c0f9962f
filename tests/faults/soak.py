"""`python -m tests.faults.soak --minutes 20`: a shop in use, and what grows meanwhile.

Images and sales are added and deleted at a low rate, trainings run, users search and read lists.
Slopes are measured after a warm-up of a third of the time.
"""

import argparse
import itertools
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import linear_regression, quantiles
from threading import Event, Thread

import psutil

from core.connections.redis_client import connect
from core.jobs import Ledger
from embedded.stack import Stack
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import Shop
from tests.support.stack_settings import WHOLE, make_settings

ITEMS = 300
USERS = 200
INTERVALS_S = {"upload": 2.0, "search": 1.0, "read": 1.0, "import": 120.0}
PATIENCE_S = 900
SAMPLE_INTERVAL_S = 15
QUEUES = ("embed", "sync", "train")
MEBIBYTE = 1 << 20


class Traffic:
    """Four clients of one shop, each repeating one activity at its interval."""

    def __init__(self, stack):
        self._stack = stack
        self.responses, self.searches_ms, self.errors = Counter(), [], []
        self._stop = Event()
        self._activities = {
            "upload": self._upload,
            "search": self._search,
            "read": self._read,
            "import": self._import_sales,
        }

    def __enter__(self):
        with Shop(self._stack.url, "shop") as shop:
            shop.create()
            shop.ingest_numbers(range(ITEMS))
        self._threads = [
            Thread(target=self._repeat, args=(activity,)) for activity in self._activities
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, activity):
        with Shop(self._stack.url, "shop") as shop:
            for number in itertools.count():
                try:
                    responses = self._activities[activity](shop, number)
                except Exception as exc:  # reported at the end  # noqa: BLE001
                    self.errors.append(f"{activity}: {exc!r}")
                    return
                self.responses.update((activity, response.status_code) for response in responses)
                if self._stop.wait(INTERVALS_S[activity]):
                    return

    def _upload(self, shop, number):
        """Add an item and delete the oldest."""
        name = f"{ITEMS + number}.jpg"
        added = shop.send([(name, jpeg(ITEMS + number))])
        deleted = shop.http.delete(f"{shop.path}/items/{number}")
        return added, deleted

    def _search(self, shop, number):
        start = time.monotonic()
        response = shop.search(jpeg(number % ITEMS))
        self.searches_ms.append((time.monotonic() - start) * 1000)
        return [response]

    def _read(self, shop, number):
        name = user(number % USERS)
        pages = (f"users/{name}/recommendations", "items", "recommender")
        return [shop.http.get(f"{shop.path}/{page}") for page in pages]

    def _import_sales(self, shop, number):
        """Import sales, train on them, and delete the sales before them."""
        before = [upload["id"] for upload in shop.http.get(f"{shop.path}/sales").json()["items"]]
        response = shop.send_sales(as_csv(order_lines(users=USERS, skus=ITEMS, seed=number)))
        imported = shop.wait_for_job(response.json()["id"], within=PATIENCE_S)
        shop.wait_for_job(imported["result"]["training"], within=PATIENCE_S)
        deleted = [shop.http.delete(f"{shop.path}/sales/{upload}") for upload in before]
        return [response, *deleted]


def take_sample(stack, traffic):
    """Return everything that could grow, by name."""
    sample = {}
    for name, pid in stack.pids().items():
        process = psutil.Process(pid)
        sample[f"{name} MB"] = process.memory_info().rss / MEBIBYTE
        sample[f"{name} open files"] = process.num_fds()
    for name in ("redis", "cache"):
        redis = connect(getattr(stack.settings, name))
        sample[f"{name} keys"] = redis.dbsize()
        sample[f"{name} data MB"] = redis.info("memory")["used_memory"] / MEBIBYTE
    ledger = Ledger(connect(stack.settings.redis))
    sample["open jobs"] = ledger.open_count()
    sample["messages"] = sum(map(ledger.queue_length, QUEUES))
    for folder in ("store/uploads", "store", "milvus", "redis", "flower", "logs"):
        files = [path for path in (stack.data / folder).rglob("*") if path.is_file()]
        sample[f"{folder}/ files"] = len(files)
        sample[f"{folder}/ MB"] = sum(map(_size, files)) / MEBIBYTE
    recent = traffic.searches_ms[-100:]
    sample["search p95 ms"] = quantiles(recent, n=20)[-1] if len(recent) > 1 else 0
    return sample


def _size(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def run_traffic(stack, minutes):
    """Run the traffic; return (seconds, sample) pairs, and the traffic."""
    start, samples = time.monotonic(), []
    with Traffic(stack) as traffic:
        while (at := time.monotonic() - start) < minutes * 60 and not traffic.errors:
            samples.append((at, take_sample(stack, traffic)))
            time.sleep(SAMPLE_INTERVAL_S)
    return samples, traffic


def slopes(samples):
    """Yield name, first value, last value and growth per hour, without the first third."""
    rows = samples[len(samples) // 3 :]
    hours = [at / 3600 for at, _ in rows]
    for name in rows[0][1]:
        values = [sample.get(name, 0) for _, sample in rows]
        yield name, values[0], values[-1], linear_regression(hours, values).slope


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="lookalike-soak-") as data,
        Stack(make_settings(Path(data), **WHOLE)) as stack,
    ):
        samples, traffic = run_traffic(stack, args.minutes)
    lines = [f"{args.minutes:g} minutes; responses: {dict(traffic.responses)}"]
    lines += [f"{'':<26}{'warm':>10}{'end':>10}{'per hour':>12}"]
    lines += [f"{name:<26}{a:>10.1f}{b:>10.1f}{up:>+12.2f}" for name, a, b, up in slopes(samples)]
    sys.stdout.write("\n".join([*lines, *traffic.errors, ""]))
    return int(bool(traffic.errors))


if __name__ == "__main__":
    sys.exit(main())
