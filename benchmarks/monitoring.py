"""`python -m benchmarks.monitoring`: what the dashboard and the alerts show of a shop at work.

A Prometheus scrapes a whole stack while pictures are taken in, searched, lists are read and
trained; for a while the workers of two queues are away, so that one fills and searches fail.
Ends with 1 where a panel has nothing to show, or an alert says what is not so.
"""

import argparse
import itertools
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from benchmarks.load import sell
from benchmarks.support import client_view, photos
from benchmarks.support.prometheus_server import Answer, Prometheus, alerts, panels, watching
from embedded.stack import Stack
from lookalike.client import Lookalike
from lookalike.errors import LookalikeError
from tests.support.servers import free_port

SECONDS = 60.0
AWAY_S = 30  # what a worker has told is kept for half of that
ITEMS, USERS = 200, 500
STEP_S = 5
# these say that something is wrong at once; what they wait for before they fire is longer
SHOWN = {"WorkersGone", "ListsLost"}
EITHER = {"RequestsFail", "SearchSlow"}  # as this machine is slow


def main() -> int:
    """Load a stack, ask, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monitoring", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--every", type=int, help="seconds between scrapes, else as in containers")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shop = stack.enter_context(client_view.running(folder / "data"))
        port = free_port()
        prometheus = stack.enter_context(watching(shop.url, folder, port, every_s=asked.every))
        begun = time.time()
        load(shop, folder, asked.seconds)
        return told(prometheus, begun)


def load(stack: Stack, folder: Path, seconds: float) -> None:
    """A shop that is filled and trained, and asked meanwhile; twice, with workers away between."""
    pictures, over = photos.photos(ITEMS), threading.Event()
    archive = folder / "photos.zip"
    photos.write_zip(archive, pictures)
    with Lookalike(stack.url, timeout=60) as client:
        client_view.ingest_s(client, archive, "shop")
        skus = [item.sku for item in client.items("shop")]
        asking = threading.Thread(target=_ask, args=(stack.url, pictures[:20], over))
        asking.start()
        try:
            sell(stack, skus, seed=1)
            client_view.ingest_s(client, archive, "second")
            time.sleep(seconds / 2)
            _while_away(stack, skus)
            client_view.ingest_s(client, archive, "third")
            time.sleep(seconds / 2)
        finally:
            over.set()
            asking.join()


def _while_away(stack: Stack, skus: list[str]) -> None:
    """Sales that wait for a worker, and searches that find none."""
    for name in ("worker-train", "worker-search"):
        stack.stop(name)
    sell(stack, skus, seed=2)
    time.sleep(AWAY_S)
    for name in ("worker-train", "worker-search"):
        stack.start(name)


def _ask(url: str, queries: list[bytes], over: threading.Event) -> None:
    """Search and read lists without a pause; what fails is what the panel of errors is for."""
    with Lookalike(url, retries=0) as client:
        for number in itertools.count():
            if over.is_set():
                return
            with suppress(LookalikeError):
                client.search(queries[number % len(queries)], "shop")
            for user in range(number, number + 20):
                with suppress(LookalikeError):
                    client.recommender("shop").recommend(f"u{user % USERS}")


def told(prometheus: Prometheus, since: float) -> int:
    """Print what every query gives; 1 where one gives what it should not."""
    answers = [prometheus.ask(query, since, STEP_S) for query in (*panels(), *alerts())]
    print(f"{'panel or alert':<50} {'query':<50} {'series':>6} {'last':>11} {'highest':>11}")
    for one in answers:
        print(_row(one))
    wrong = [fault for one in answers if (fault := _fault(one))]
    wrong += [f"{r['name']}: {r['lastError']}" for r in prometheus.rules() if r["health"] != "ok"]
    print(*(wrong or ["every query gave what it should"]), sep="\n")
    return 1 if wrong else 0


def _row(answer: Answer) -> str:
    last = f"{max(one[-1] for one in answer.series):.4g}" if answer.series else "-"
    kind = "alert " if answer.query.is_alert else ""
    name, text = f"{kind}{answer.query.name}", " ".join(answer.query.text.split())
    return f"{name:<50} {text:<50.50} {len(answer.series):>6} {last:>11} {answer.highest:>11.4g}"


def _fault(answer: Answer) -> str | None:
    name, is_there = answer.query.name, bool(answer.series)
    if not answer.query.is_alert:
        return None if answer.highest > 0 else f"{name}: nothing to show"
    if name in EITHER or is_there == (name in SHOWN):
        return None
    return f"{name}: it says {'what is not so' if is_there else 'nothing, and should'}"


if __name__ == "__main__":
    sys.exit(main())
