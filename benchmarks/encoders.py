"""`python -m benchmarks.encoders [NAME...]`: compares every encoder with plain TensorFlow.

Weights are random, since speed does not depend on them.
"""

import os
import statistics
import sys
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path

from benchmarks.support import bare_inference, client_view, photos
from benchmarks.support.encoder_weights import resolve_weights
from benchmarks.support.results import Result, save_results
from core.encoders.factory import open_encoder
from core.settings import EncoderSettings
from lookalike.client import Lookalike

NAMES = (
    "efficientnet-lite0", "efficientnet-lite2", "resnet50", "resnet50v2", "vgg16", "inceptionv3",
    "xception", "efficientnetb0", "efficientnetb3", "efficientnetv2b0", "efficientnetv2s",
    "bit-m-r50x1",
)  # fmt: skip
INGEST_S = 20
MIN_IMAGES, MAX_IMAGES = 192, 3000
ROUNDS = 3
SAMPLE = 40
WARM_UP = 64
TARGET_FORWARD, TARGET_LIMIT, TARGET_LOOP = 2.0, 0.8, 8.0
HEADINGS = (
    f"{'encoder':<20}{'ingest/s':>9}{'limit/s':>9}{'forward/s':>10}{'TF16/s':>8}{'predict/s':>10}"
    f"{'/limit':>8}{'/TF16':>7}{'/loop':>7}{'embed MB':>10}"
)


@dataclass(frozen=True)
class Round:
    """Rates of an encoder in images per second on all cores."""

    ingest: float
    limit: float
    forward: float
    batches: float
    loop: float


@dataclass(frozen=True)
class Row:
    """Results of an encoder."""

    name: str
    rounds: list[Round]
    memory_mb: int

    def __str__(self) -> str:
        rates = map(statistics.median, zip(*map(astuple, self.rounds), strict=True))
        ingest, limit, forward, batches, loop = rates
        measured = f"{ingest:>9.1f}{limit:>9.1f}{forward:>10.1f}{batches:>8.1f}{loop:>10.1f}"
        ratios = f"{ingest / limit:>8.2f}{forward / batches:>7.1f}{ingest / loop:>7.1f}"
        return f"{self.name:<20}{measured}{ratios}{self.memory_mb:>10}"

    def results(self) -> list[Result]:
        """Return the figures to save."""
        figures = {
            "ingest": ("images/s", [row.ingest for row in self.rounds]),
            "ingest / limit": ("ratio", [row.ingest / row.limit for row in self.rounds]),
            "forward passes": ("images/s", [row.forward for row in self.rounds]),
            "forward / TensorFlow": ("ratio", [row.forward / row.batches for row in self.rounds]),
        }
        return [
            Result(name=f"{self.name}, {figure}", rounds=rounds, unit=unit, better="higher")
            for figure, (unit, rounds) in figures.items()
        ]


def main(names: list[str]) -> None:
    """Measure one encoder after the other and print its row."""
    print(f"{os.cpu_count()} cores; targets: ingest {TARGET_LIMIT} of the limit, forward")
    print(f"{TARGET_FORWARD} times TF16, ingest {TARGET_LOOP} times the loop of predict\n")
    print(HEADINGS, flush=True)
    images = photos.generate_photos(MAX_IMAGES)
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for name in names:
            rows.append(_measure(name, Path(folder) / name, images))
            print(rows[-1], flush=True)
    save_results("encoders", [result for row in rows for result in row.results()])


def _measure(name: str, folder: Path, images: list[bytes]) -> Row:
    folder.mkdir()
    weights, pins = resolve_weights(name, folder / "weights")
    encoders = EncoderSettings(weights_dir=folder / "weights", weights_sha256=pins)
    stack = client_view.new_stack(folder / "data", encoders=encoders)
    with stack, Lookalike(stack.url) as client:
        _ingest(client, folder, "warm-up", name, images[:WARM_UP])
        one_core, all_cores = (
            open_encoder(weights, folder=stack.settings.models, streams=streams)
            for streams in (1, os.cpu_count() or 1)
        )
        bare_inference.cost(one_core, images[:SAMPLE])  # warm-up: the first passes are slower
        rounds = []
        for number in range(ROUNDS):
            limit = bare_inference.cost(one_core, images[:SAMPLE]).limit
            forward = bare_inference.forward_rate(all_cores, images[0], seconds=4)
            count = int(min(max(INGEST_S * limit / ROUNDS, MIN_IMAGES), MAX_IMAGES))
            ingest = _ingest(client, folder, f"round-{number}", name, images[:count])
            plain = bare_inference.plain_tensorflow(weights, images[:SAMPLE])
            rounds.append(Round(ingest, limit, forward, plain.batches, plain.loop))
        memory = client_view.memory_mb(stack)
    embed_mb = max(mb for process, mb in memory.items() if process.startswith("worker-embed"))
    return Row(name, rounds, embed_mb)


def _ingest(
    client: Lookalike, folder: Path, collection: str, encoder: str, images: list[bytes]
) -> float:
    archive = photos.write_zip(folder / f"{collection}.zip", images)
    return len(images) / client_view.ingest_s(client, archive, collection, encoder)


if __name__ == "__main__":
    main(sys.argv[1:] or list(NAMES))
