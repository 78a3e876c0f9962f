"""`python -m benchmarks [FOLDER]`: measures image ingest and search by image on this machine.

The images are drawn. If FOLDER is given, its JPEG files are ingested, too, in a second table. A
round starts when the work that follows the one before it is done (similar items, score scale,
duplicates); one more starts right after an import, beside this work.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.support import bare_inference, client_view, photos
from benchmarks.support.encoder_weights import resolve_weights
from benchmarks.support.ingest_rounds import IngestRounds, measure_ingest
from benchmarks.support.results import Result, save_results
from core.encoders.encoder import Encoder
from core.encoders.factory import open_encoder
from core.encoders.weights.lookup import ResolvedWeights
from core.settings import Settings
from lookalike.client import Lookalike

ENCODER = Settings().default_encoder
IMAGES = 2000
ROUNDS = 3
LOOP_IMAGES = 60
QUERIES = 200
TARGET_SEARCH_MS = 20
DRAWN, REAL = "drawn photos", "real photos"


def main(arguments: list[str]) -> None:
    """Prepare the images, measure, then print and save the results."""
    print(f"generating {IMAGES} images ...", flush=True)
    sets = {DRAWN: photos.generate_photos(IMAGES)}
    if arguments:
        sets[REAL] = photos.read_photos(Path(arguments[0]), IMAGES)
    with tempfile.TemporaryDirectory() as folder:
        save_results("ingest and search", measure(Path(folder), sets))


def measure(folder: Path, sets: dict[str, list[bytes]]) -> list[Result]:
    """Ingest each set of images in all rounds, and search among the drawn ones."""
    weights, _ = resolve_weights(ENCODER, folder)
    encoder = open_encoder(weights, folder=folder / "models", streams=1)
    bare_inference.cost(encoder, sets[DRAWN][:50])  # warm-up: the first passes are slower
    results = []
    with (
        client_view.new_stack(folder / "data") as stack,
        Lookalike(stack.url) as client,
    ):
        for name, images in sets.items():
            ingest = _ingest(client, encoder, weights, folder, name, images)
            ingest.print_table()
            results += ingest.results()
        results += _search(client, encoder, _collection(DRAWN, 0))
        print("memory in MB: ", client_view.memory_mb(stack))
    return results


def _ingest(
    client: Lookalike,
    encoder: Encoder,
    weights: ResolvedWeights,
    folder: Path,
    name: str,
    images: list[bytes],
) -> IngestRounds:
    archive = photos.write_zip(folder / "photos.zip", images)
    rounds = []
    for number in range(ROUNDS):
        client_view.await_idle(client)
        rounds.append(measure_ingest(client, encoder, archive, images, _collection(name, number)))
    beside = len(images) / client_view.ingest_s(client, archive, _collection(name, ROUNDS))
    client_view.await_idle(client)
    plain = bare_inference.plain_tensorflow(weights, images[:LOOP_IMAGES])
    return IngestRounds(name, images, rounds, beside, plain.loop)


def _collection(name: str, number: int) -> str:
    return f"{name.replace(' ', '-')}-{number}"


def _search(client: Lookalike, encoder: Encoder, collection: str) -> list[Result]:
    queries = [photos.generate_photo(IMAGES + n) for n in range(QUERIES)]
    bare = [_timed_ms(partial(bare_inference.embed, encoder, query)) for query in queries]
    for query in queries[:20]:
        client.search(collection, query)
    search = [_timed_ms(partial(client.search, collection, query)) for query in queries]
    bare_p50, bare_p95 = _percentiles(bare)
    p50, p95 = _percentiles(search)
    print(f"\nsearch by image among {IMAGES}, {len(search)} sequential queries")
    print(f"  decode and forward pass   {bare_p50:8.1f} ms p50   {bare_p95:8.1f} ms p95")
    print(f"  search over HTTP          {p50:8.1f} ms p50   {p95:8.1f} ms p95")
    print(f"  difference of p50         {p50 - bare_p50:8.1f} ms   (target {TARGET_SEARCH_MS})")
    return [
        Result(name="decode and forward pass of a query", rounds=bare, unit="ms", better="lower"),
        Result(name="search over HTTP", rounds=search, unit="ms", better="lower"),
    ]


def _timed_ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def _percentiles(values: list[float]) -> tuple[float, float]:
    steps = statistics.quantiles(values, n=20)
    return statistics.median(values), steps[-1]


if __name__ == "__main__":
    main(sys.argv[1:])
