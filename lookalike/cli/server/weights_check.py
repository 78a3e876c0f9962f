"""The trial of `lookalike weights check`: loads a network and runs it on drawn images."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from core.encoders.description import EncoderDescription
from core.encoders.factory import open_network, open_text_tower
from core.encoders.onnx.self_check import check_network, sample_images
from core.encoders.weights.lookup import WeightsLookup
from core.encoders.weights.text_lookup import find_text_tower
from core.settings import Settings

_RUNS = 3


@dataclass(frozen=True)
class Trial:
    """A network that works, and its text tower, if it has one.

    `image_ms` is what an image takes, without decoding; `text_ms`, what a text takes.
    """

    name: str
    dim: int
    image_ms: float
    sha256: str
    text_ms: float | None = None

    def __str__(self) -> str:
        text = "no text tower" if self.text_ms is None else f"{self.text_ms:.1f} ms per text"
        return (
            f"{self.name}: works; {self.dim} numbers, {self.image_ms:.1f} ms per image, {text}, "
            f"sha256 {self.sha256}"
        )


def try_network(encoder: EncoderDescription, weights: WeightsLookup, settings: Settings) -> Trial:
    """Load a network as a worker does, and run it.

    Raises:
        CoreError: the message says what is wrong, and what to correct.
    """
    resolved, options = weights.require(encoder), settings.encoders
    network = open_network(
        resolved, folder=settings.models, runtime=options.runtime, precision=options.precision
    )
    if not encoder.onnx:  # networks in ONNX files were checked when they were opened
        check_network(network)
    images = sample_images(encoder.side)
    image_ms = _milliseconds(lambda: network.run(images)) / len(images)
    return Trial(
        encoder.name,
        encoder.dim,
        round(image_ms, 2),
        resolved.sha256,
        _try_texts(encoder, weights, settings),
    )


def _try_texts(
    encoder: EncoderDescription, weights: WeightsLookup, settings: Settings
) -> float | None:
    """Load the text tower and return how many milliseconds a text takes; None if there is none."""
    files = find_text_tower(encoder, weights)
    if files is None:
        return None
    tower = open_text_tower(files, precision=settings.encoders.precision, streams=1)
    return round(_milliseconds(lambda: tower.run(["a red dress"])), 2)


def _milliseconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(_RUNS):
        run()
    return (time.perf_counter() - started) * 1000 / _RUNS
