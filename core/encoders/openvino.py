"""Runs a network with OpenVINO, which is faster on CPUs than TensorFlow and takes less memory."""

import threading
from pathlib import Path
from queue import LifoQueue

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import Images, Precision
from core.encoders.onnx.model import read_onnx
from core.encoders.openvino_conversion import ensure_converted
from core.encoders.openvino_runtime import ov
from core.encoders.weights.lookup import ResolvedWeights
from core.errors import InvalidInput, NotInstalled

# OpenVINO deadlocks if two threads run its very first inference at once: one of them waits for the
# other while holding the GIL, which the other needs.
FIRST_INFERENCE = threading.Lock()


class OpenVinoNetwork:
    """A network on the CPU, for up to `streams` threads at once, each on a separate core.

    Images run one at a time: batches are not faster, and no output depends on another image.
    """

    def __init__(
        self, weights: ResolvedWeights, *, folder: Path, precision: Precision, streams: int
    ) -> None:
        """Read the network, which is first converted if necessary, and compile it.

        Raises:
            NotInstalled: the network could not be converted or loaded.
            Unavailable: the converted network could not be written.
            InvalidInput: the precision is bf16, which this CPU does not support.
        """
        self.description, side = weights.description, weights.description.side
        compiled = _compile(weights, folder, precision, streams)
        self._requests: LifoQueue[ov.InferRequest] = LifoQueue()
        for _ in range(streams):
            self._requests.put(compiled.create_infer_request())
        with FIRST_INFERENCE:
            self.run(np.zeros((1, side, side, 3), np.uint8))

    def run(self, images: Images) -> NDArray[np.float32]:
        """Return all outputs for n >= 1 images: (n, side, side, 3) -> (n, length)."""
        request = self._requests.get()
        try:
            return np.concatenate([_infer(request, image) for image in images])
        finally:
            self._requests.put(request)


def _infer(request: ov.InferRequest, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    request.infer([image[None]], share_inputs=True)
    features: NDArray[np.float32] = request.get_output_tensor().data.copy()
    return features


def _compile(
    weights: ResolvedWeights, folder: Path, precision: Precision, streams: int
) -> ov.CompiledModel:
    core = ov.Core()
    if onnx := weights.description.onnx:
        return compile_model(core, read_onnx(weights.path, onnx), precision, streams)
    path, side = ensure_converted(weights, folder), weights.description.side
    try:
        model = core.read_model(path)
        model.reshape([1, side, side, 3])
        return compile_model(core, model, precision, streams)
    except RuntimeError as exc:
        raise NotInstalled(
            f"OpenVINO cannot load {path}: {exc}; delete this file, and the network will be "
            "converted again"
        ) from exc


def compile_model(
    core: ov.Core, model: ov.Model, precision: Precision, streams: int
) -> ov.CompiledModel:
    """Compile a network for the CPU, for up to `streams` threads at once, each on a separate core.

    Raises:
        InvalidInput: the precision is bf16, which this CPU does not support.
    """
    options = {
        "INFERENCE_PRECISION_HINT": _choose_precision(core, precision),
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": streams,
        # With pinning, the first streams of all processes share the first core.
        "ENABLE_CPU_PINNING": False,
    }
    return core.compile_model(model, "CPU", options)


def _choose_precision(core: ov.Core, precision: Precision) -> str:
    has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    if precision == "bf16" and not has_bf16:
        raise InvalidInput(
            "this CPU has no bf16 instructions; set LOOKALIKE_ENCODERS__PRECISION to auto or f32"
        )
    return "bf16" if has_bf16 and precision != "f32" else "f32"
