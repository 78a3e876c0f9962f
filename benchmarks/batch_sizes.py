"""`python -m benchmarks.batch_sizes [NAME...]`: the best batch size for a forward pass.

Pictures a second on one core, for each size of the batch; the reason why workers take one.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from core.encoders.catalogue import describe
from core.encoders.openvino_conversion import converted
from core.encoders.openvino_runtime import ov
from core.encoders.weights.lookup import Weights
from tests.support.weights import draw

NAMES = ("efficientnet-lite0", "resnet50", "vgg16", "inceptionv3", "efficientnetb0")
SIZES = (1, 2, 4, 8, 16, 32)
LEAST_S = 2.0


def main(names: list[str]) -> None:
    """Measure, print a row as soon as it is known."""
    print(f"{'network':<20}" + "".join(f"{size:>8}" for size in SIZES))
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            rates = _rates(name, Path(folder) / name)
            print(f"{name:<20}" + "".join(f"{rate:>8.1f}" for rate in rates), flush=True)


def _rates(name: str, folder: Path) -> list[float]:
    description = describe(name)
    pins = {} if description.kind == "lite0" else draw(folder / "weights", name)
    ready = Weights(folder / "weights", pins).require(description)
    core = ov.Core()
    model = core.read_model(converted(ready, folder / "models"))
    requests = {size: _request(core, model, size, description.side) for size in SIZES}
    return [_rate(request, size, description.side) for size, request in requests.items()]


def _request(core: ov.Core, model: ov.Model, size: int, side: int) -> ov.InferRequest:
    model.reshape([size, side, side, 3])
    options = {"NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": False}
    return core.compile_model(model, "CPU", options).create_infer_request()


def _rate(request: ov.InferRequest, size: int, side: int) -> float:
    pictures = np.random.default_rng(0).integers(0, 256, (size, side, side, 3), dtype=np.uint8)
    request.infer([pictures])
    started, done = time.process_time(), 0
    while (took := time.process_time() - started) < LEAST_S:
        request.infer([pictures], share_inputs=True)
        done += size
    return done / took


if __name__ == "__main__":
    main(sys.argv[1:] or list(NAMES))
