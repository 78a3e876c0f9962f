"""Measures the main job on this machine, all in one run, and prints what was found."""

import os
import statistics
import tempfile
from pathlib import Path

from benchmarks.support import bare_inference, client_view, photos
from core.encoders.catalogue import describe
from core.encoders.encoder import Encoder
from core.encoders.factory import open_encoder
from core.encoders.weights.lookup import Weights
from lookalike.client import Lookalike

ENCODER = "efficientnet-lite0"
PICTURES = 2000
ROUNDS = 3
SAMPLE = 300
LOOPED = 60
QUERIES = 200
TARGET_OF_LIMIT, TARGET_OF_LOOP, TARGET_SEARCH_MS = 0.8, 15, 20


def main() -> None:
    """Draw, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))


def measure(folder: Path) -> None:
    """All rounds, what is compared side by side in each of them."""
    print(f"drawing {PICTURES} pictures ...", flush=True)
    pictures = photos.photos(PICTURES)
    archive = folder / "photos.zip"
    photos.write_zip(archive, pictures)
    ready = Weights(folder, {}).require(describe(ENCODER))
    encoder = open_encoder(ready, folder=folder / "models", streams=1)
    queries = [photos.photo(PICTURES + n) for n in range(QUERIES)]
    bare_inference.cost(encoder, pictures[:50])  # the first passes are slower
    with client_view.running(folder / "data") as stack, Lookalike(stack.url) as client:
        rounds = [_round(n, client, encoder, pictures, archive) for n in range(ROUNDS)]
        _print_ingest(pictures, rounds, bare_inference.plain(ready, pictures[:LOOPED]).loop)
        alone = bare_inference.one_picture_ms(encoder, queries)
        found = client_view.search_ms(client, "round-0", queries[:20] + queries)[20:]
        _print_search(alone, found)
        print("memory in MB: ", client_view.memory_mb(stack))


def _round(
    number: int,
    client: Lookalike,
    encoder: Encoder,
    pictures: list[bytes],
    archive: Path,
) -> tuple[bare_inference.Cost, float]:
    cost = bare_inference.cost(encoder, pictures[:SAMPLE])
    return cost, PICTURES / client_view.ingest_s(client, archive, f"round-{number}")


def _print_ingest(
    pictures: list[bytes], rounds: list[tuple[bare_inference.Cost, float]], loop: float
) -> None:
    decode = statistics.median(cost.decode_s for cost, _ in rounds) * 1000
    forward = statistics.median(cost.forward_s for cost, _ in rounds) * 1000
    limit = statistics.median(cost.limit for cost, _ in rounds)
    rate = statistics.median(rate for _, rate in rounds)
    size = sum(map(len, pictures)) / len(pictures) / 1000
    print(f"\ningest of {PICTURES} pictures of {size:.0f} kB, {ROUNDS} rounds, the median of each")
    print(f"  decode                    {decode:8.2f} ms of CPU a picture")
    print(f"  forward pass              {forward:8.2f} ms of CPU a picture")
    print(f"  limit of {os.cpu_count()} cores          {limit:8.1f} pictures/s")
    every = ", ".join(f"{rate:.1f}" for _, rate in rounds)
    print(f"  ingest job, end to end    {rate:8.1f} pictures/s   (rounds: {every})")
    print(f"  plain loop of predict     {loop:8.1f} pictures/s")
    print(f"  ingest / limit            {rate / limit:8.2f}   (target {TARGET_OF_LIMIT})")
    print(f"  ingest / plain loop       {rate / loop:8.1f}   (target {TARGET_OF_LOOP})")


def _print_search(alone: list[float], found: list[float]) -> None:
    bare_p50, bare_p95 = _percentiles(alone)
    p50, p95 = _percentiles(found)
    print(f"\nsearch by picture among {PICTURES}, {len(found)} queries one after the other")
    print(f"  decode and forward alone  {bare_p50:8.1f} ms p50   {bare_p95:8.1f} ms p95")
    print(f"  search at the API         {p50:8.1f} ms p50   {p95:8.1f} ms p95")
    print(f"  difference of p50         {p50 - bare_p50:8.1f} ms   (target {TARGET_SEARCH_MS})")


def _percentiles(values: list[float]) -> tuple[float, float]:
    steps = statistics.quantiles(values, n=20)
    return statistics.median(values), steps[-1]


if __name__ == "__main__":
    main()
