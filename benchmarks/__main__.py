"""`python -m benchmarks`: measures image ingest and search by image on this machine."""

import os
import statistics
import tempfile
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
    """Generate images, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))


def measure(folder: Path) -> None:
    """Run all rounds; each measures the job next to what it is compared with."""
    print(f"generating {IMAGES} images ...", flush=True)
    images = photos.generate_photos(IMAGES)
    archive = photos.write_zip(folder / "photos.zip", images)
    weights, _ = resolve_weights(ENCODER, folder)
    encoder = open_encoder(weights, folder=folder / "models", streams=1)
    queries = [photos.generate_photo(IMAGES + n) for n in range(QUERIES)]
    bare_inference.cost(encoder, images[:50])  # warm-up: the first passes are slower
    with client_view.run_stack(folder / "data") as stack, Lookalike(stack.url) as client:
        rounds = []
        for number in range(ROUNDS):
            cost = bare_inference.cost(encoder, images[:SAMPLE])
            rate = IMAGES / client_view.ingest_s(client, archive, f"round-{number}")
            rounds.append((cost, rate))
        plain = bare_inference.plain_tensorflow(weights, images[:LOOP_IMAGES])
        _print_ingest(images, rounds, plain.loop)
        bare = bare_inference.embed_ms(encoder, queries)
        search = client_view.search_ms(client, "round-0", queries[:20] + queries)[20:]
        _print_search(bare, search)
        print("memory in MB: ", client_view.memory_mb(stack))


def _print_ingest(
    images: list[bytes], rounds: list[tuple[bare_inference.Cost, float]], loop: float
) -> None:
    decode = statistics.median(cost.decode_s for cost, _ in rounds) * 1000
    forward = statistics.median(cost.forward_s for cost, _ in rounds) * 1000
    limit = statistics.median(cost.limit for cost, _ in rounds)
    rate = statistics.median(rate for _, rate in rounds)
    size = sum(map(len, images)) / len(images) / 1000
    print(f"\ningest of {IMAGES} images of {size:.0f} kB, {ROUNDS} rounds (medians)")
    print(f"  decode                    {decode:8.2f} ms of CPU per image")
    print(f"  forward pass              {forward:8.2f} ms of CPU per image")
    print(f"  limit of {os.cpu_count()} cores          {limit:8.1f} images/s")
    every = ", ".join(f"{rate:.1f}" for _, rate in rounds)
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
