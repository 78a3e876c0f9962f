"""`python -m benchmarks`: measures image ingest and search by image on this machine."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.support import bare_inference, client_view, photos
from benchmarks.support.encoder_weights import resolve_weights
from core.encoders.factory import open_encoder
from lookalike.client import Lookalike

ENCODER = "efficientnet-lite0"
IMAGES = 2000
ROUNDS = 3
SAMPLE = 300
LOOP_IMAGES = 60
QUERIES = 200
TARGET_VS_LIMIT, TARGET_VS_LOOP, TARGET_SEARCH_MS = 0.8, 15, 20


def main() -> None:
    """Generate images, measure, and print the results."""
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))


def measure(folder: Path) -> None:
    """Run all rounds; each measures decoding and encoding alone, then the whole import job."""
    print(f"generating {IMAGES} images ...", flush=True)
    images = photos.generate_photos(IMAGES)
    archive = photos.write_zip(folder / "photos.zip", images)
    weights, _ = resolve_weights(ENCODER, folder)
    encoder = open_encoder(weights, folder=folder / "models", streams=1)
    queries = [photos.generate_photo(IMAGES + n) for n in range(QUERIES)]
    bare_inference.cost(encoder, images[:50])  # warm-up: the first passes are slower
    with client_view.new_stack(folder / "data") as stack, Lookalike(stack.url) as client:
        rounds: list[tuple[float, ...]] = []
        for number in range(ROUNDS):
            cost = bare_inference.cost(encoder, images[:SAMPLE])
            rate = IMAGES / client_view.ingest_s(client, archive, f"round-{number}")
            rounds.append((cost.decode_s, cost.forward_s, cost.limit, rate))
        plain = bare_inference.plain_tensorflow(weights, images[:LOOP_IMAGES])
        _print_ingest(images, rounds, plain.loop)
        bare = [_timed_ms(partial(bare_inference.embed, encoder, query)) for query in queries]
        for query in queries[:20]:
            client.search(query, "round-0")
        _print_search(
            bare, [_timed_ms(partial(client.search, query, "round-0")) for query in queries]
        )
        print("memory in MB: ", client_view.memory_mb(stack))


def _timed_ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def _print_ingest(images: list[bytes], rounds: list[tuple[float, ...]], loop: float) -> None:
    decode, forward, limit, rate = map(statistics.median, zip(*rounds, strict=True))
    size = sum(map(len, images)) / len(images) / 1000
    print(f"\ningest of {IMAGES} images of {size:.0f} kB, {ROUNDS} rounds (medians)")
    print(f"  decode                    {decode * 1000:8.2f} ms of CPU per image")
    print(f"  forward pass              {forward * 1000:8.2f} ms of CPU per image")
    print(f"  limit of {os.cpu_count()} cores          {limit:8.1f} images/s")
    every = ", ".join(f"{row[-1]:.1f}" for row in rounds)
    print(f"  ingest job, end to end    {rate:8.1f} images/s   (rounds: {every})")
    print(f"  plain loop of predict     {loop:8.1f} images/s")
    print(f"  ingest / limit            {rate / limit:8.2f}   (target {TARGET_VS_LIMIT})")
    print(f"  ingest / plain loop       {rate / loop:8.1f}   (target {TARGET_VS_LOOP})")


def _print_search(bare: list[float], search: list[float]) -> None:
    bare_p50, bare_p95 = _percentiles(bare)
    p50, p95 = _percentiles(search)
    print(f"\nsearch by image among {IMAGES}, {len(search)} sequential queries")
    print(f"  decode and forward pass   {bare_p50:8.1f} ms p50   {bare_p95:8.1f} ms p95")
    print(f"  search over HTTP          {p50:8.1f} ms p50   {p95:8.1f} ms p95")
    print(f"  difference of p50         {p50 - bare_p50:8.1f} ms   (target {TARGET_SEARCH_MS})")


def _percentiles(values: list[float]) -> tuple[float, float]:
    steps = statistics.quantiles(values, n=20)
    return statistics.median(values), steps[-1]


if __name__ == "__main__":
    main()
