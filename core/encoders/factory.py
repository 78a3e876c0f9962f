"""Opens a network with the runtime that suits this machine, and encoders that use it."""

from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from core.encoders.encoder import Encoder, Network, Precision, Runtime
from core.encoders.onnx.self_check import check_network
from core.encoders.recipes.recipe_encoder import RecipeEncoder
from core.encoders.weights.lookup import ResolvedWeights
from core.encoders.weights.text_lookup import ResolvedText
from core.errors import InvalidInput, NotInstalled

if TYPE_CHECKING:
    from core.encoders.onnx.text_tower import TextTower

_GPU = Path("/dev/nvidia0")


class NetworkOptions(TypedDict, total=False):
    """The options of `open_network`, which says what they mean."""

    runtime: Runtime
    precision: Precision
    batch_size: int
    streams: int


def open_encoder(
    weights: ResolvedWeights, *, folder: Path, **options: Unpack[NetworkOptions]
) -> Encoder:
    """Load a network for the default recipe; see `open_network`."""
    return RecipeEncoder(open_network(weights, folder=folder, **options), weights.identity)


def open_network(
    weights: ResolvedWeights,
    *,
    folder: Path,
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    batch_size: int = 16,
    streams: int = 1,
) -> Network:
    """Load a network; converted networks are cached in `folder`.

    With OpenVINO, up to `streams` threads run at once, each on one core. With TensorFlow,
    `batch_size` is the maximum number of images per forward pass. The precision `auto` means bf16
    if the CPU has instructions for it. Networks in ONNX files always run with OpenVINO, and are
    tried on drawn images.

    Raises:
        InvalidInput: the precision is not available with this runtime on this machine.
        NotInstalled: the weights belong to another network, or the conversion failed; an ONNX file
            is broken, does not fit its description, or makes useless vectors.
    """
    if weights.description.onnx:
        return _open_onnx(weights, folder, precision, streams)
    if choose_runtime(runtime) == "openvino":
        from core.encoders.openvino import OpenVinoNetwork

        return OpenVinoNetwork(weights, folder=folder, precision=precision, streams=streams)
    if precision == "bf16":
        raise InvalidInput(
            "TensorFlow supports f32 only; set LOOKALIKE_ENCODERS__PRECISION to auto or f32"
        )
    from core.encoders.tensorflow import TensorFlowNetwork

    return TensorFlowNetwork(weights, batch_size=batch_size)


def _open_onnx(
    weights: ResolvedWeights, folder: Path, precision: Precision, streams: int
) -> Network:
    from core.encoders.openvino import OpenVinoNetwork

    try:
        network = OpenVinoNetwork(weights, folder=folder, precision=precision, streams=streams)
        check_network(network)
    except RuntimeError as exc:
        raise NotInstalled(f"OpenVINO cannot run {weights.path}: {exc}") from exc
    return network


def open_text_tower(files: ResolvedText, *, precision: Precision, streams: int) -> "TextTower":
    """Load a text tower, for up to `streams` threads at once, and try it on a few texts.

    Raises:
        InvalidInput: the precision is not available on this machine.
        NotInstalled: a file is broken, does not fit its description, or makes useless vectors; or
            the library for tokenizers is missing.
    """
    try:
        from core.encoders.onnx.text_tower import TextTower
    except ModuleNotFoundError as exc:
        raise NotInstalled(
            f"{exc}; run `pip install 'lookalike[text-tower]'` on the workers"
        ) from exc
    try:
        return TextTower(files, precision=precision, streams=streams)
    except RuntimeError as exc:
        raise NotInstalled(f"OpenVINO cannot run {files.network}: {exc}") from exc


def choose_runtime(runtime: Runtime) -> Runtime:
    """Return the runtime for encoders on this machine: OpenVINO, unless there is a GPU."""
    if runtime != "auto":
        return runtime
    return "openvino" if find_spec("openvino") and not _has_gpu() else "tensorflow"


def _has_gpu() -> bool:
    """Return whether TensorFlow can use a GPU, without the slow import of TensorFlow."""
    try:
        distribution("tensorflow")  # the package without GPU support is tensorflow-cpu
    except PackageNotFoundError:
        return False
    return _GPU.exists()
