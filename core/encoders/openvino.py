"""Runs a network with OpenVINO: faster than TensorFlow on CPUs, and in a fraction of the memory."""

import threading
from pathlib import Path
from queue import LifoQueue

import numpy as np
from numpy.typing import NDArray

from core.domain import EncoderIdentity
from core.encoders.encoder import Pictures, Precision, Vectors, unit_rows
from core.encoders.openvino_conversion import converted
from core.encoders.openvino_runtime import ov
from core.encoders.weights.lookup import Ready
from core.errors import InvalidInput, NotInstalled

# What it sets up at its very first run is not for two threads at once: one then waits for the
# other and keeps the interpreter, which that needs; nothing in the process moves any more.
_FIRST = threading.Lock()


class OpenVinoEncoder:
    """A network on this machine's CPU; up to `streams` threads at once, each on a core of its own.

    It takes one picture at a time: measured as fast as any batch, and no row can depend on another.
    """

    def __init__(self, ready: Ready, *, folder: Path, precision: Precision, streams: int) -> None:
        """Convert the network if it is not yet in the folder, and compile it.

        Raises:
            NotInstalled: the network could not be converted or loaded.
            InvalidInput: bf16 was asked for and this CPU cannot compute in it.
        """
        self._ready = ready
        compiled = _compiled(converted(ready, folder), ready.description.side, precision, streams)
        self._requests: LifoQueue[ov.InferRequest] = LifoQueue()
        for _ in range(streams):
            self._requests.put(compiled.create_infer_request())
        with _FIRST:
            self.encode(np.zeros((1, self.side, self.side, 3), np.uint8))

    @property
    def identity(self) -> EncoderIdentity:
        """What its vectors are marked with."""
        return self._ready.identity

    @property
    def side(self) -> int:
        """Width and height of its pictures, in pixels."""
        return self._ready.description.side

    @property
    def dim(self) -> int:
        """Length of its vectors."""
        return self._ready.description.dim

    def encode(self, pictures: Pictures) -> Vectors:
        """uint8 RGB (n, side, side, 3), n >= 1 -> float32 (n, dim), rows of length one."""
        request = self._requests.get()
        try:
            return unit_rows(np.concatenate([_run(request, picture) for picture in pictures]))
        finally:
            self._requests.put(request)


def _run(request: ov.InferRequest, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    request.infer([picture[None]], share_inputs=True)
    features: NDArray[np.float32] = request.get_output_tensor().data.copy()
    return features


def _compiled(path: Path, side: int, precision: Precision, streams: int) -> ov.CompiledModel:
    core = ov.Core()
    options = {
        "INFERENCE_PRECISION_HINT": _precision(core, precision),
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": streams,
        # Pinned, the first streams of all processes share the first core.
        "ENABLE_CPU_PINNING": False,
    }
    try:
        model = core.read_model(path)
        model.reshape([1, side, side, 3])
        return core.compile_model(model, "CPU", options)
    except RuntimeError as exc:
        raise NotInstalled(f"OpenVINO cannot load {path}: {exc}") from exc


def _precision(core: ov.Core, wanted: Precision) -> str:
    has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    if wanted == "bf16" and not has_bf16:
        raise InvalidInput("this CPU has no bf16 instructions; set the precision to auto or f32")
    return "bf16" if has_bf16 and wanted != "f32" else "f32"
