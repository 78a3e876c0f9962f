"""`python -m benchmarks.similar [PHOTOS] [--items 20000]`: lists of similar items.

PHOTOS is a folder of JPEG files; by default, photos are generated. Imports them, compares each
item's list with a search, and prints requests per second next to minimal routes that make one Redis
GET and return the same bytes. Then prints how long the lists of a large collection of random
vectors take, and after 100 more images.
"""

import argparse
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
from redis import Redis

from benchmarks.serving import BARE, run_bare_route
from benchmarks.support import client_view
from benchmarks.support.http_load import HttpConnection
from benchmarks.support.photos import generate_photos, write_zip
from benchmarks.support.results import Result, save_results
from benchmarks.support.similar_shop import SimilarShop
from lookalike.client import Lookalike

CLIENTS, ROUNDS, ROUND_S = (1, 8, 32), 3, 3.0
PHOTOS, NEW_IMAGES, SAMPLE = 700, 100, 200
TARGET, TARGET_S = 0.8, 30


def main() -> None:
    """Measure, print and save the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.similar", description=__doc__)
    parser.add_argument("photos", type=Path, nargs="?")
    parser.add_argument("--items", type=int, default=20_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, client_view.new_stack(Path(folder)) as stack:
        shop = SimilarShop(stack)
        photos = args.photos or _generate(Path(folder) / "photos")
        skus = shop.import_photos(Path(folder) / "photos.zip", photos)
        shop.compare("photos", skus)
        results = _serve(shop, "photos", skus)
        results += _grow(shop, Path(folder) / "new.zip", args.items)
    save_results("similar", results)


def _generate(folder: Path) -> Path:
    folder.mkdir()
    for number, data in enumerate(generate_photos(PHOTOS)):
        (folder / f"{number}.jpg").write_bytes(data)
    return folder


def _serve(shop: SimilarShop, collection: str, skus: list[str]) -> list[Result]:
    """Measure requests per second in rounds, in which the routes take turns."""
    redis = Redis.from_url(shop.stack.settings.cache)
    paths = [shop.path(collection, sku) for sku in skus]
    for sku, path in zip(skus, paths, strict=True):
        body = httpx2.get(f"http://127.0.0.1:{shop.port}{path}").raise_for_status().content
        redis.set(f"bare:{sku}", body)
    results = []
    print(f"target: {TARGET} of the minimal route in a thread")
    with run_bare_route(shop.stack.settings.cache) as bare_port:
        sides = [(shop.port, paths)]
        sides += [(bare_port, [f"/{kind}/{sku}" for sku in skus]) for kind in BARE]
        for clients in CLIENTS:
            rounds = [[_load(*side, clients) for side in sides] for _ in range(ROUNDS)]
            results += _report(clients, rounds)
    return results


def _report(clients: int, rounds: list[list[list[float]]]) -> list[Result]:
    label = f"{clients} client{'s'[: clients - 1]}"
    results = []
    for name, *loads in zip(("similar items", *BARE.values()), *rounds, strict=True):
        rates = [len(took) / ROUND_S for took in loads]
        p99s = [statistics.quantiles(took, n=100)[98] * 1000 for took in loads]
        ratios = [len(sides[0]) / len(took) for sides, took in zip(rounds, loads, strict=True)]
        rate, p99, ratio = map(statistics.median, (rates, p99s, ratios))
        print(f"{label:<12}{name:<28}{rate:>7.0f} requests/s{p99:>8.1f} ms p99", end="")
        print(f"   ours / this {ratio:.2f}", flush=True)
        if loads[0] is rounds[0][0]:
            results += [
                Result(
                    name=f"requests/s, {label}", rounds=rates, unit="requests/s", better="higher"
                ),
                Result(name=f"p99, {label}", rounds=p99s, unit="ms", better="lower"),
            ]
        else:
            of = f"requests/s of the {name}, {label}"
            results.append(
                Result(name=f"share of {of}", rounds=ratios, unit="ratio", better="higher")
            )
    return results


def _load(port: int, paths: list[str], clients: int) -> list[float]:
    """Send requests over several connections for a round; return how many seconds each took."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths]
    until, took = time.perf_counter() + ROUND_S, list[float]()

    def run_client(number: int) -> None:
        with HttpConnection(port) as connection:
            while (started := time.perf_counter()) < until:
                request = requests[number % len(requests)]
                if (status := connection.send(request)) != 200:
                    raise RuntimeError(f"status {status}: {request!r}")
                took.append(time.perf_counter() - started)
                number += 1

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(run_client, range(0, 100 * clients, 100)))
    return took


def _grow(shop: SimilarShop, archive: Path, items: int) -> list[Result]:
    """Measure the update of all lists of a large collection, then after an import of images."""
    skus = shop.fill("large", items)
    redis = Redis.from_url(shop.stack.settings.cache)
    before = redis.info("memory")["used_memory"]
    all_s = shop.update("large")
    memory_mb = (redis.info("memory")["used_memory"] - before) / 2**20
    print(f"{items:,} items: all lists in {all_s:.1f} s; they take up {memory_mb:.0f} MiB of Redis")
    write_zip(archive, generate_photos(NEW_IMAGES))
    with Lookalike(shop.stack.url) as client:
        started = time.perf_counter()
        job = client.import_archive(archive, "large").wait()
    if job.state != "succeeded":
        raise SystemExit(f"the import failed: {job.problem}")
    imported_s = time.perf_counter() - started
    shop.wait_for_lists("large")
    update_s = time.perf_counter() - started
    print(
        f"{NEW_IMAGES} more images: imported in {imported_s:.1f} s; all lists right {update_s:.1f} "
        f"s after the upload began (target: {TARGET_S} s)"
    )
    new = [f"item-{n:05}" for n in range(NEW_IMAGES)]
    shop.compare("large", [*skus[:: max(1, items // SAMPLE)], *new])
    return [
        Result(name="all lists of a large collection", rounds=[all_s], unit="s", better="lower"),
        Result(name="memory of its lists", rounds=[memory_mb], unit="MiB", better="lower"),
        Result(name="lists after 100 more images", rounds=[update_s], unit="s", better="lower"),
    ]


if __name__ == "__main__":
    main()
