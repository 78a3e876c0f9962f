"""Opens an encoder with the runtime that suits this machine."""

from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from core.encoders.encoder import Encoder, Precision, Runtime
from core.encoders.weights.lookup import Ready
from core.errors import InvalidInput

_GPU = Path("/dev/nvidia0")


def open_encoder(
    ready: Ready,
    *,
    folder: Path,
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    batch: int = 16,
    streams: int = 1,
) -> Encoder:
    """The encoder, ready to run; `folder` keeps converted networks between starts.

    `streams` threads may call it at once and use as many cores (OpenVINO); `batch` is the most
    pictures in one forward pass (TensorFlow). Precision auto is bf16 where the CPU has it.

    Raises:
        InvalidInput: a precision that this runtime does not have here.
        NotInstalled: the weights are not this network's, or it could not be converted.
    """
    if _chosen(runtime) == "openvino":
        from core.encoders.openvino import OpenVinoEncoder

        return OpenVinoEncoder(ready, folder=folder, precision=precision, streams=streams)
    if precision == "bf16":
        raise InvalidInput("TensorFlow computes in f32 here; set the precision to auto or f32")
    from core.encoders.tensorflow import TensorFlowEncoder

    return TensorFlowEncoder(ready, batch=batch)


def _chosen(runtime: Runtime) -> Runtime:
    if runtime != "auto":
        return runtime
    return "openvino" if find_spec("openvino") and not _tensorflow_has_gpu() else "tensorflow"


def _tensorflow_has_gpu() -> bool:
    """Told by the driver and the installed package, for importing TensorFlow to ask is slow."""
    try:
        distribution("tensorflow")  # the package without GPU support is called tensorflow-cpu
    except PackageNotFoundError:
        return False
    return _GPU.exists()
