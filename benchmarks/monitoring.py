"""`python -m benchmarks.monitoring`: checks the dashboard and the alerts on a busy shop.

A Prometheus scrapes a whole stack during ingests, searches, training and reads of lists. For a
while, two workers are stopped, so that a queue fills and searches fail. Exits with 1 if a panel has
no data or an alert is wrong.
"""

import argparse
import itertools
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from benchmarks.load import upload_sales
from benchmarks.support import client_view, photos
from benchmarks.support.prometheus_server import (
    Prometheus,
    QueryResult,
    alerts,
    panels,
    run_prometheus,
)
from embedded.stack import Stack
from lookalike.client import Lookalike
from lookalike.errors import LookalikeError
from tests.support.servers import free_port

SECONDS = 60.0
OUTAGE_S = 30  # twice the expiry of a worker's report
ITEMS, USERS = 200, 500
STEP_S = 5
# alerts with expressions that must be true during the outage; alerts fire after a longer wait
EXPECTED = {"WorkersDown", "ListsMissing"}
OPTIONAL = {"RequestsFailing", "SearchSlow"}  # depend on the speed of this machine


def main() -> int:
    """Load a stack, run all queries, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monitoring", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--every", type=int, help="seconds between scrapes; default: as in deploy/")
    args = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shop = stack.enter_context(client_view.new_stack(folder / "data"))
        port = free_port()
        prometheus = stack.enter_context(run_prometheus(shop.url, folder, port, every_s=args.every))
        started = time.time()
        load(shop, folder, args.seconds)
        return report(prometheus, started)


def load(stack: Stack, folder: Path, seconds: float) -> None:
    """Fill a shop and train its recommender during requests, before and after a worker outage."""
    images, stop = photos.generate_photos(ITEMS), threading.Event()
    archive = photos.write_zip(folder / "photos.zip", images)
    with Lookalike(stack.url, timeout=60) as client:
        client_view.ingest_s(client, archive, "shop")
        skus = [item.sku for item in client.items("shop")]
        client_thread = threading.Thread(target=_send_requests, args=(stack.url, images[:20], stop))
        client_thread.start()
        try:
            upload_sales(stack, skus, seed=1)
            client_view.ingest_s(client, archive, "second")
            time.sleep(seconds / 2)
            _run_outage(stack, skus)
            client_view.ingest_s(client, archive, "third")
            time.sleep(seconds / 2)
        finally:
            stop.set()
            client_thread.join()


def _run_outage(stack: Stack, skus: list[str]) -> None:
    """Stop workers for a while: sales wait in the queue, and searches fail."""
    for name in ("worker-train", "worker-search"):
        stack.stop(name)
    upload_sales(stack, skus, seed=2)
    time.sleep(OUTAGE_S)
    for name in ("worker-train", "worker-search"):
        stack.start(name)


def _send_requests(url: str, queries: list[bytes], stop: threading.Event) -> None:
    """Send searches and read users' lists without a pause; failures appear in the error panel."""
    with Lookalike(url, retries=0) as client:
        for number in itertools.count():
            if stop.is_set():
                return
            with suppress(LookalikeError):
                client.search("shop", queries[number % len(queries)])
            for user in range(number, number + 20):
                with suppress(LookalikeError):
                    client.recommender("shop").recommend(f"u{user % USERS}")


def report(prometheus: Prometheus, since: float) -> int:
    """Print the result of every query; return 1 if a result is wrong."""
    results = [prometheus.run(query, since, STEP_S) for query in (*panels(), *alerts())]
    print(f"{'panel or alert':<50} {'query':<50} {'series':>6} {'last':>11} {'highest':>11}")
    for result in results:
        print(_row(result))
    errors = [error for result in results if (error := _find_error(result))]
    errors += [f"{r['name']}: {r['lastError']}" for r in prometheus.rules() if r["health"] != "ok"]
    print(*(errors or ["all queries returned the expected results"]), sep="\n")
    return 1 if errors else 0


def _row(result: QueryResult) -> str:
    last = f"{max(values[-1] for values in result.series):.4g}" if result.series else "-"
    kind = "alert " if result.query.is_alert else ""
    name, text = f"{kind}{result.query.name}", " ".join(result.query.text.split())
    return f"{name:<50} {text:<50.50} {len(result.series):>6} {last:>11} {result.highest:>11.4g}"


def _find_error(result: QueryResult) -> str | None:
    name, is_true = result.query.name, bool(result.series)
    if not result.query.is_alert:
        return None if result.highest > 0 else f"{name}: no data"
    if name in OPTIONAL or is_true == (name in EXPECTED):
        return None
    return f"{name}: the alert {'must not' if is_true else 'must'} be true"


if __name__ == "__main__":
    sys.exit(main())
