"""`python -m tests.faults.soak --minutes 20`: a shop that lives, and what grows while it does.

Pictures come and go at a low rate, sales come and go and are trained on, customers search and read
their lists. The slopes are those after a warm-up of a third of the time.
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
from tests.support.stack_settings import make_settings

ITEMS = 300
USERS = 200
EVERY_S = {"upload": 2.0, "search": 1.0, "read": 1.0, "sell": 120.0}
PATIENCE_S = 900
LOOK_S = 15
QUEUES = ("embed", "search", "train")
MEBIBYTE = 1 << 20


class Life:
    """What clients do with a shop, each of the four at its pace."""

    def __init__(self, stack):
        self._stack = stack
        self.answers, self.searches_ms, self.broken = Counter(), [], []
        self._over = Event()

    def __enter__(self):
        with Shop(self._stack.url, "shop") as shop:
            shop.create()
            shop.ingest_numbers(range(ITEMS))
        self._threads = [Thread(target=self._live, args=(what,)) for what in EVERY_S]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _live(self, what):
        with Shop(self._stack.url, "shop") as shop:
            for number in itertools.count():
                try:
                    answers = getattr(self, f"_{what}")(shop, number)
                except Exception as exc:  # told at the end  # noqa: BLE001
                    self.broken.append(f"{what}: {exc!r}")
                    return
                self.answers.update((what, answer.status_code) for answer in answers)
                if self._over.wait(EVERY_S[what]):
                    return

    def _upload(self, shop, number):
        """One comes, the oldest goes."""
        name = f"{ITEMS + number}.jpg"
        came = shop.send([(name, jpeg(ITEMS + number))])
        went = shop.http.delete(f"{shop.path}/items/{number}")
        return came, went

    def _search(self, shop, number):
        begun = time.monotonic()
        answer = shop.search(jpeg(number % ITEMS))
        self.searches_ms.append((time.monotonic() - begun) * 1000)
        return [answer]

    def _read(self, shop, number):
        name = user(number % USERS)
        pages = (f"users/{name}/recommendations", "items", "recommender")
        return [shop.http.get(f"{shop.path}/{page}") for page in pages]

    def _sell(self, shop, number):
        """Orders come and are trained on; those before them go."""
        before = [one["id"] for one in shop.http.get(f"{shop.path}/sales").json()["items"]]
        lines = as_csv(order_lines(users=USERS, skus=ITEMS, seed=number))
        kind = {"content-type": "text/csv"}
        answer = shop.http.post(f"{shop.path}/sales", content=lines, headers=kind)
        imported = shop.ended(answer.json()["id"], within=PATIENCE_S)
        shop.ended(imported["result"]["training"], within=PATIENCE_S)
        gone = [shop.http.delete(f"{shop.path}/sales/{one}") for one in before]
        return [answer, *gone]


def looked_at(stack, life):
    """What could grow, by name."""
    told = {}
    for name, pid in stack.pids().items():
        process = psutil.Process(pid)
        told[f"{name} MB"] = process.memory_info().rss / MEBIBYTE
        told[f"{name} open files"] = process.num_fds()
    for name in ("redis", "cache"):
        redis = connect(getattr(stack.settings, name))
        told[f"{name} keys"] = redis.dbsize()
        told[f"{name} data MB"] = redis.info("memory")["used_memory"] / MEBIBYTE
    jobs = Ledger(connect(stack.settings.redis))
    told["open jobs"] = jobs.open_count()
    told["messages"] = sum(map(jobs.queue_length, QUEUES))
    for folder in ("store/uploads", "store", "milvus", "redis", "flower", "logs"):
        files = [path for path in (stack.data / folder).rglob("*") if path.is_file()]
        told[f"{folder}/ files"] = len(files)
        told[f"{folder}/ MB"] = sum(_size(path) for path in files) / MEBIBYTE
    recent = life.searches_ms[-100:]
    told["search p95 ms"] = quantiles(recent, n=20)[-1] if len(recent) > 1 else 0
    return told


def _size(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def lived(stack, minutes):
    """What was seen every 15 seconds, and the life itself."""
    begun, seen = time.monotonic(), []
    with Life(stack) as life:
        while (at := time.monotonic() - begun) < minutes * 60 and not life.broken:
            seen.append((at, looked_at(stack, life)))
            time.sleep(LOOK_S)
    return seen, life


def slopes(seen):
    """First, last and growth an hour of each, without the first third."""
    rows = seen[len(seen) // 3 :]
    hours = [at / 3600 for at, _ in rows]
    for name in rows[0][1]:
        values = [told.get(name, 0) for _, told in rows]
        yield name, values[0], values[-1], linear_regression(hours, values).slope


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="lookalike-soak-") as data,
        Stack(make_settings(Path(data))) as stack,
    ):
        seen, life = lived(stack, asked.minutes)
    lines = [f"{asked.minutes:g} minutes; answers: {dict(life.answers)}"]
    lines += [f"{'':<26}{'warm':>10}{'end':>10}{'an hour':>12}"]
    lines += [f"{name:<26}{a:>10.1f}{b:>10.1f}{up:>+12.2f}" for name, a, b, up in slopes(seen)]
    sys.stdout.write("\n".join([*lines, *life.broken, ""]))
    return int(bool(life.broken))


if __name__ == "__main__":
    sys.exit(main())
