"""`python -m benchmarks.encoders [NAME...]`: every network beside plain TensorFlow, in one run.

Their weights are drawn: speed does not depend on them.
"""

import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.support import bare_inference, client_view, photos
from core.encoders.catalogue import describe
from core.encoders.factory import open_encoder
from core.encoders.weights.lookup import Weights
from core.settings import EncoderSettings
from embedded.stack import Stack
from lookalike.client import Lookalike
from tests.support.weights import draw

NAMES = (
    "efficientnet-lite0",
    "resnet50",
    "resnet50v2",
    "vgg16",
    "inceptionv3",
    "xception",
    "efficientnetb0",
    "efficientnetb3",
    "efficientnetv2b0",
    "efficientnetv2s",
    "bit-m-r50x1",
)
INGEST_S = 20
FEWEST, MOST = 192, 3000
ROUNDS = 3
SAMPLE = 40
WARM_UP = 64
TARGET_FORWARD, TARGET_LIMIT, TARGET_LOOP = 2.0, 0.8, 8.0
HEADINGS = (
    f"{'network':<20}{'ingest/s':>9}{'limit/s':>9}{'forward/s':>10}{'TF16/s':>8}{'predict/s':>10}"
    f"{'/limit':>8}{'/TF16':>7}{'/loop':>7}{'embed MB':>10}"
)


@dataclass(frozen=True)
class Row:
    """What was measured of a network; all rates are pictures a second of all cores."""

    name: str
    ingest: float
    limit: float
    forward: float
    plain: bare_inference.Plain
    memory_mb: int

    def __str__(self) -> str:
        rates = f"{self.ingest:>9.1f}{self.limit:>9.1f}{self.forward:>10.1f}"
        plain = f"{self.plain.batches:>8.1f}{self.plain.loop:>10.1f}"
        ratios = f"{self.ingest / self.limit:>8.2f}{self.forward / self.plain.batches:>7.1f}"
        loop = f"{self.ingest / self.plain.loop:>7.1f}"
        return f"{self.name:<20}{rates}{plain}{ratios}{loop}{self.memory_mb:>10}"


def main(names: list[str]) -> None:
    """Measure one network after the other, and print a row as soon as it is known."""
    print(f"{os.cpu_count()} cores; targets: ingest {TARGET_LIMIT} of the limit, forward ")
    print(f"{TARGET_FORWARD} times TF16, ingest {TARGET_LOOP} times the loop of predict\n")
    print(HEADINGS, flush=True)
    pictures = photos.photos(MOST)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            print(_row(name, Path(folder) / name, pictures), flush=True)


def _row(name: str, folder: Path, pictures: list[bytes]) -> Row:
    folder.mkdir()
    packaged = describe(name).kind == "lite0"
    pins = {} if packaged else draw(folder / "weights", name)
    ready = Weights(folder / "weights", pins).require(describe(name))
    networks = EncoderSettings(weights=folder / "weights", pins=pins)
    with client_view.running(folder / "data", networks) as stack, Lookalike(stack.url) as client:
        _ingest(client, folder, "warm-up", name, pictures[:WARM_UP])
        one, all_cores = (
            open_encoder(ready, folder=stack.settings.models, streams=streams)
            for streams in (1, os.cpu_count() or 1)
        )
        bare_inference.cost(one, pictures[:SAMPLE])  # the first passes are slower
        rounds = []
        for number in range(ROUNDS):
            limit = bare_inference.cost(one, pictures[:SAMPLE]).limit
            forward = bare_inference.forward_rate(all_cores, pictures[0], seconds=4)
            count = int(min(max(INGEST_S * limit / ROUNDS, FEWEST), MOST))
            ingest = _ingest(client, folder, f"round-{number}", name, pictures[:count])
            rounds.append((ingest, limit, forward, bare_inference.plain(ready, pictures[:SAMPLE])))
        return _of_rounds(name, rounds, stack)


def _ingest(
    client: Lookalike, folder: Path, collection: str, encoder: str, pictures: list[bytes]
) -> float:
    archive = folder / f"{collection}.zip"
    photos.write_zip(archive, pictures)
    return len(pictures) / client_view.ingest_s(client, archive, collection, encoder)


def _of_rounds(
    name: str, rounds: list[tuple[float, float, float, bare_inference.Plain]], stack: Stack
) -> Row:
    """The median of each."""
    ingests, limits, forwards, plains = zip(*rounds, strict=True)
    plain = bare_inference.Plain(
        statistics.median(one.loop for one in plains),
        statistics.median(one.batches for one in plains),
    )
    memory = client_view.memory_mb(stack)
    embed = max(mb for part, mb in memory.items() if part.startswith("worker-embed"))
    return Row(name, *(statistics.median(x) for x in (ingests, limits, forwards)), plain, embed)


if __name__ == "__main__":
    main(sys.argv[1:] or list(NAMES))
