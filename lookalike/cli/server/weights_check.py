"""The trial of `lookalike weights check`: loads a network and runs it on drawn images."""

import time
from dataclasses import dataclass

from core.encoders.description import EncoderDescription
from core.encoders.factory import open_network
from core.encoders.onnx.self_check import check_network, sample_images
from core.encoders.weights.lookup import WeightsLookup
from core.settings import Settings

_RUNS = 3


@dataclass(frozen=True)
class Trial:
    """A network that works; `image_ms` is what an image takes, without decoding."""

    name: str
    dim: int
    image_ms: float
    sha256: str

    def __str__(self) -> str:
        return (
            f"{self.name}: works; {self.dim} numbers, {self.image_ms:.1f} ms per image, "
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
    started = time.perf_counter()
    for _ in range(_RUNS):
        network.run(images)
    image_ms = (time.perf_counter() - started) * 1000 / (_RUNS * len(images))
    return Trial(encoder.name, encoder.dim, round(image_ms, 2), resolved.sha256)
