"""`python -m benchmarks.batch_sizes [NAME...]`: throughput of a forward pass by batch size.

Prints the images per second on one core. Because of these figures, workers pass one image at a
time through the network.
"""

import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.support.call_rate import call_rate
from benchmarks.support.encoder_weights import resolve_weights
from core.encoders.openvino_conversion import ensure_converted
from core.encoders.openvino_runtime import ov

NAMES = ("efficientnet-lite0", "resnet50", "vgg16", "inceptionv3", "efficientnetb0")
SIZES = (1, 2, 4, 8, 16, 32)
MIN_S = 2.0


def main(names: list[str]) -> None:
    """Measure each network and print its row."""
    print(f"{'encoder':<20}" + "".join(f"{size:>8}" for size in SIZES))
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            rates = _measure_network(name, Path(folder) / name)
            print(f"{name:<20}" + "".join(f"{rate:>8.1f}" for rate in rates), flush=True)


def _measure_network(name: str, folder: Path) -> list[float]:
    weights, _ = resolve_weights(name, folder / "weights")
    side = weights.description.side
    core = ov.Core()
    model = core.read_model(ensure_converted(weights, folder / "models"))
    requests = {size: _create_request(core, model, size, side) for size in SIZES}
    return [_measure_rate(request, size, side) for size, request in requests.items()]


def _create_request(core: ov.Core, model: ov.Model, size: int, side: int) -> ov.InferRequest:
    model.reshape([size, side, side, 3])
    options = {"NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": False}
    return core.compile_model(model, "CPU", options).create_infer_request()


def _measure_rate(request: ov.InferRequest, size: int, side: int) -> float:
    images = np.random.default_rng(0).integers(0, 256, (size, side, side, 3), dtype=np.uint8)
    request.infer([images])
    infer = partial(request.infer, [images], share_inputs=True)
    return size * call_rate(infer, MIN_S, clock=time.process_time)


if __name__ == "__main__":
    main(sys.argv[1:] or list(NAMES))
