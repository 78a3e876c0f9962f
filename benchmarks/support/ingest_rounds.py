"""Measures ingest jobs beside the bare cost of decoding and encoding the same images."""

import os
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from benchmarks.support import bare_inference, client_view
from benchmarks.support.results import Result
from core.encoders.encoder import Encoder
from lookalike.client import Lookalike

SAMPLE = 300
TARGET_VS_LIMIT, TARGET_VS_LOOP = 0.85, 15


@dataclass(frozen=True)
class Round:
    """One ingest job: CPU seconds per image without the stack, and rates in images per second."""

    decode_s: float
    forward_s: float
    limit: float
    rate: float


@dataclass(frozen=True)
class IngestRounds:
    """All rounds with a set of images; the other rates are in images per second, too."""

    name: str
    images: list[bytes]
    rounds: list[Round]
    beside: float
    """Of a job beside the work that follows the last round."""
    loop: float
    """Of a plain loop of `predict`."""

    def print_table(self) -> None:
        """Print the medians of all rounds."""
        size = sum(map(len, self.images)) / len(self.images) / 1000
        decode, forward, limit, rate, _, ratio = (result.value for result in self.results())
        print(f"\ningest of {len(self.images)} {self.name} of {size:.0f} kB, medians of all rounds")
        print(f"  decode                    {decode:8.2f} ms of CPU per image")
        print(f"  forward pass              {forward:8.2f} ms of CPU per image")
        print(f"  limit of {os.cpu_count()} cores          {limit:8.1f} images/s")
        every = ", ".join(f"{row.rate:.1f}" for row in self.rounds)
        print(f"  ingest job, end to end    {rate:8.1f} images/s   (rounds: {every})")
        print(f"  right after an import     {self.beside:8.1f} images/s")
        print(f"  plain loop of predict     {self.loop:8.1f} images/s")
        print(f"  ingest / limit            {ratio:8.2f}   (target {TARGET_VS_LIMIT})")
        print(f"  ingest / plain loop       {rate / self.loop:8.1f}   (target {TARGET_VS_LOOP})")

    def results(self) -> list[Result]:
        """Return the figures to save."""
        rows = self.rounds
        return [
            self._result("decode", [row.decode_s * 1000 for row in rows], "ms", "lower"),
            self._result("forward pass", [row.forward_s * 1000 for row in rows], "ms", "lower"),
            self._result("limit", [row.limit for row in rows], "images/s", "higher"),
            self._result("ingest", [row.rate for row in rows], "images/s", "higher"),
            self._result("ingest after an import", [self.beside], "images/s", "higher"),
            self._result(
                "ingest / limit", [row.rate / row.limit for row in rows], "ratio", "higher"
            ),
        ]

    def _result(self, figure: str, rounds: list[float], unit: str, better: str) -> Result:
        values = {"rounds": rounds, "unit": unit, "better": better}
        return Result.model_validate({"name": f"{figure}, {self.name}", **values})


def measure_ingest(
    client: Lookalike, encoder: Encoder, archive: Path, images: list[bytes], collection: str
) -> Round:
    """Measure the cost of a sample of the images before and after an ingest job of all of them."""
    before = bare_inference.cost(encoder, images[:SAMPLE])
    rate = len(images) / client_view.ingest_s(client, archive, collection)
    after = bare_inference.cost(encoder, images[:SAMPLE])
    decode = mean((before.decode_s, after.decode_s))
    forward = mean((before.forward_s, after.forward_s))
    return Round(decode, forward, bare_inference.Cost(decode, forward).limit, rate)
