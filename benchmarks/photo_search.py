"""`python -m benchmarks.photo_search`: searches by photo per second among 20,000 items.

The photos are JPEGs of 640 x 640 pixels. The bare cost, decoding and a forward pass, is measured
in the same run. A few hundred photos are imported and a recipe is fitted to them, as happens by
itself in every shop of this size; `--recipe parts-1` leaves that out, so that vectors are longer.
The other items are written to the store, the cache and Milvus directly, with random vectors: a
search costs the same whatever the vectors are, and their ingest would take minutes.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.support import bare_inference, client_view, photos
from benchmarks.support.encoder_weights import resolve_weights
from benchmarks.support.http_load import Load, multipart_request, run_clients
from benchmarks.support.random_items import write_random_items
from benchmarks.support.results import Result, save_results
from core.encoders.encoder import Encoder
from core.encoders.factory import open_encoder
from core.settings import Settings
from lookalike.client import Lookalike

ENCODER, SHOP, ITEMS = Settings().default_encoder, "shop", 20_000
SIZE, PHOTOS = (640, 640), 200
CLIENTS = (1, 8, 32)
PROCESSES = ("worker-search", "api", "milvus", "cache", client_view.THIS_PROCESS)
OVERLOAD_CLIENTS, OVERLOAD_S = 200, 8.0
ROUNDS, ROUND_S, WARM_UP_S = 3, 6.0, 2.0
TARGET_MS, TARGET_LIMIT, TARGET_P99, TARGET_503_S = 12, 0.5, 10, 2


@dataclass(frozen=True)
class Round:
    """The bare cost, the bare latency, and the load of each number of clients."""

    cost: bare_inference.Cost
    bare_ms: float
    loads: tuple[Load, ...]
    cpu_ms: tuple[dict[str, float], ...]
    """The processor time of a search in each process, for each number of clients."""


def main() -> None:
    """Fill a collection, measure rounds with each number of clients, then an overload."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.photo_search", description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--recipe", choices=("fitted-1", "parts-1"), default="fitted-1")
    args = parser.parse_args()
    images = [photos.generate_photo(number, SIZE) for number in range(PHOTOS)]
    requests = [multipart_request(f"/v1/collections/{SHOP}/search", image) for image in images]
    with tempfile.TemporaryDirectory() as folder:
        weights, _ = resolve_weights(ENCODER, Path(folder))
        encoder = open_encoder(weights, folder=Path(folder) / "models", streams=1)
        bare_inference.cost(encoder, images[:50])  # warm-up: the first passes are slower
        with client_view.new_stack(Path(folder) / "data") as stack:
            with Lookalike(stack.url) as client:
                client.create_collection(SHOP)
                if args.recipe == "fitted-1":
                    _import_and_fit(client, Path(folder) / "photos.zip", images)
            write_random_items(stack.settings, SHOP, args.items)
            load = partial(run_clients, stack.settings.ports.api, requests)
            load(CLIENTS[-1], WARM_UP_S)
            cpu_s = partial(client_view.cpu_s, stack)
            rounds = [_run_round(encoder, images, load, cpu_s) for _ in range(args.rounds)]
            size = sum(map(len, images)) / len(images) / 1000
            print(f"search by photo (640 x 640, {size:.0f} kB) among {args.items:,} items")
            print(f"(most written directly, with random vectors; recipe {args.recipe})")
            _print_bare(rounds)
            name = f"photo-search, {args.recipe}"
            save_results(name, [*_print_loads(rounds), *_print_ratios(rounds)])
            _print_overload(load(OVERLOAD_CLIENTS, OVERLOAD_S))


def _import_and_fit(client: Lookalike, archive: Path, images: list[bytes]) -> None:
    photos.write_zip(archive, images)
    jobs = [client.import_archive(archive, SHOP).wait()]
    jobs.append(client.rebuild(SHOP, recipe="fitted-1").wait())
    if any(job.state != "succeeded" for job in jobs):
        raise SystemExit(f"a job did not succeed: {jobs}")
    client_view.wait_for_jobs(client, SHOP)


def _run_round(
    encoder: Encoder,
    images: list[bytes],
    load: Callable[[int, float], Load],
    cpu_s: Callable[[], dict[str, float]],
) -> Round:
    cost = bare_inference.cost(encoder, images)
    bare = [_timed_ms(encoder, image) for image in images]
    loads, used = [], [cpu_s()]
    for clients in CLIENTS:
        loads.append(load(clients, ROUND_S))
        used.append(cpu_s())
    cpu_ms = tuple(map(_cpu_ms, loads, used, used[1:]))
    return Round(cost, statistics.median(bare), tuple(loads), cpu_ms)


def _cpu_ms(load: Load, before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    searches = len(load.took[200])
    return {name: (after[name] - before[name]) * 1000 / searches for name in PROCESSES}


def _timed_ms(encoder: Encoder, image: bytes) -> float:
    started = time.perf_counter()
    bare_inference.embed(encoder, image)
    return (time.perf_counter() - started) * 1000


def _print_bare(rounds: list[Round]) -> None:
    costs, median = [round.cost for round in rounds], statistics.median
    print(f"  decode         {median(cost.decode_s for cost in costs) * 1000:7.2f} ms of CPU")
    print(f"  forward pass   {median(cost.forward_s for cost in costs) * 1000:7.2f} ms of CPU")
    limit = median(cost.limit for cost in costs)
    print(f"  limit          {limit:7.1f} searches/s on {os.cpu_count()} cores")
    bare_ms = median(round.bare_ms for round in rounds)
    print(f"  bare p50       {bare_ms:7.1f} ms, one search after another")


def _print_loads(rounds: list[Round]) -> list[Result]:
    results = []
    for n, clients in enumerate(CLIENTS):
        loads = [round.loads[n] for round in rounds]
        rates = [load.rate for load in loads]
        shares = [load.rate / round.cost.limit for load, round in zip(loads, rounds, strict=True)]
        figures = [
            Result(name="searches", rounds=rates, unit="/s", better="higher"),
            Result(name="of the limit", rounds=shares, unit="ratio", better="higher"),
            *(
                Result(
                    name=f"p{percent}",
                    rounds=[load.percentile_ms(percent) for load in loads],
                    unit="ms",
                    better="lower",
                )
                for percent in (50, 99)
            ),
        ]
        cells = "   ".join(f"{figure.name} {figure.value:7.2f} {figure.unit}" for figure in figures)
        failed = sum(len(load.took) for load in loads) - len(loads)
        print(f"  {clients:>2} clients   {cells}{'   with errors' if failed else ''}")
        print(f"               ms of CPU per search: {_median_cpu([r.cpu_ms[n] for r in rounds])}")
        results += [
            figure.model_copy(update={"name": f"{figure.name}, {clients} clients"})
            for figure in figures
        ]
    print(f"  target at {CLIENTS[1]} and {CLIENTS[2]} clients: {TARGET_LIMIT} of the limit")
    return results


def _median_cpu(rounds: list[dict[str, float]]) -> str:
    medians = {name: statistics.median(cpu[name] for cpu in rounds) for name in PROCESSES}
    parts = ", ".join(f"{name} {ms:.1f}" for name, ms in medians.items())
    return f"{parts}; {sum(medians.values()):.1f} in all"


def _print_ratios(rounds: list[Round]) -> list[Result]:
    p50 = [round.loads[0].percentile_ms(50) for round in rounds]
    above = [ms - round.bare_ms for ms, round in zip(p50, rounds, strict=True)]
    spread = [r.loads[-1].percentile_ms(99) / ms for ms, r in zip(p50, rounds, strict=True)]
    print(
        f"  p50 of 1 client above bare    {statistics.median(above):5.1f} ms (target {TARGET_MS})"
    )
    print(f"  p99 of 32 clients / p50 of 1  {statistics.median(spread):5.1f} (target {TARGET_P99})")
    return [
        Result(name="p50 above bare, 1 client", rounds=above, unit="ms", better="lower"),
        Result(name="p99 of 32 / p50 of 1", rounds=spread, unit="ratio", better="lower"),
    ]


def _print_overload(load: Load) -> None:
    print(f"overload of {OVERLOAD_CLIENTS} clients without pauses, {load.rate:.1f} searches/s")
    for status, took in sorted(load.took.items()):
        print(f"  {status}: {len(took)} responses, the slowest after {max(took):.2f} s")
    print(f"  target: only 200 and 503, each 503 within {TARGET_503_S} s")


if __name__ == "__main__":
    main()
