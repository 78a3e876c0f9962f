"""Reads a network from an ONNX file, between a step that scales pixels and one that pools.

Nothing in such a file is code: OpenVINO knows all operators, and no extensions are loaded.
"""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from core.encoders.onnx.description import OnnxDescription
from core.encoders.openvino_runtime import ov
from core.errors import NotInstalled

ops = ov.opset13
_MAX_BYTES = 2**31  # of a protobuf message
_EXTERNAL = b"\n\x08location\x12"
"""How protobuf stores the name of another file that has the numbers of a tensor."""
_GEM_POWER, _GEM_MIN = 3.0, 1e-6
_ERRORS = (
    RuntimeError,
    MemoryError,
    ov.frontend.GeneralFailure,
    ov.frontend.InitializationFailure,
    ov.frontend.NotImplementedFailure,
    ov.frontend.OpConversionFailure,
    ov.frontend.OpValidationFailure,
)


def read_onnx(path: Path, description: OnnxDescription) -> ov.Model:
    """Return the network: uint8 RGB (1, side, side, 3) -> float32 (1, dim), not normalised.

    Raises:
        NotInstalled: the file is not a whole ONNX model, or does not fit its description; the
            message names the field to correct.
    """
    with reading(path):
        model = load(path)
        _fix_input(model, description)
        others = f"`dim` or `pooling`, which is {description.pooling!r}"
        output = choose_output(model, description, field="`output`", others=others)
        vector = _pool(output, description)
        model = ov.Model([vector], model.get_parameters(), path.stem)
        return _scale_pixels(model, description)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise NotInstalled, with what is wrong, for errors in reading a file."""
    try:
        yield
    except _ERRORS as exc:
        raise NotInstalled(
            f"OpenVINO cannot read {path}: {_last_line(exc)}; it must be a whole ONNX file with "
            "standard operators"
        ) from exc
    except ValueError as exc:
        raise NotInstalled(f"{path} does not fit its description: {exc}") from exc


def load(path: Path) -> ov.Model:
    """Return the network in a file, within `reading`."""
    _check_file(path)
    frontend = ov.frontend.FrontEndManager().load_by_framework("onnx")
    return frontend.convert(frontend.load(str(path)))


def _last_line(error: Exception) -> str:
    """Return the end of one of OpenVINO's messages, which begin with places in its source code."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _check_file(path: Path) -> None:
    try:
        size = path.stat().st_size
        if not 0 < size < _MAX_BYTES:
            raise NotInstalled(
                f"{path} is {size:,} bytes long; an ONNX file has between 1 byte and 2 GiB"
            )
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
            has_external_data = data.find(_EXTERNAL) >= 0
    except OSError as exc:
        raise NotInstalled(f"{path} cannot be read: {exc.strerror}") from exc
    if has_external_data:  # vectors are labelled with the checksum of this file alone
        raise NotInstalled(
            f"{path} keeps its weights in other files; save it as one file, for example with "
            "onnx.save_model(onnx.load(path), path, save_as_external_data=False)"
        )


def _fix_input(model: ov.Model, description: OnnxDescription) -> None:
    """Fix the input's shape, since dynamic shapes are slow.

    Raises:
        ValueError: the network does not take one image of this shape.
    """
    side, inputs = description.side, [entry.get_any_name() for entry in model.inputs]
    if len(inputs) != 1:
        raise ValueError(f"it has {len(inputs)} inputs ({', '.join(inputs)}); it must have one")
    shape = [1, 3, side, side] if description.layout == "NCHW" else [1, side, side, 3]
    own = model.input().partial_shape
    if not own.compatible(ov.PartialShape(shape)):
        raise ValueError(
            f"its input has the shape {own}, but {shape} is needed; correct `side` or `layout`, or "
            "export it with this shape"
        )
    model.reshape(shape)


def choose_output(
    model: ov.Model, description: OnnxDescription, *, field: str, others: str
) -> ov.Output:
    """Return the output that the description names, or the only one with the right length.

    `field` is where the description names it, and `others` what else can be corrected.

    Raises:
        ValueError: there is no such output, or there are several.
    """
    outputs = {entry.get_any_name(): entry for entry in model.outputs}
    shapes = ", ".join(f"{name} {entry.partial_shape}" for name, entry in outputs.items())
    if description.output and description.output not in outputs:
        raise ValueError(f"it has no output {description.output!r}; correct {field} ({shapes})")
    names = [description.output] if description.output else list(outputs)
    fitting = [outputs[name] for name in names if _has_length(outputs[name], description)]
    if len(fitting) != 1:
        how_many = "more than one" if fitting else "no"
        raise ValueError(
            f"{how_many} output has vectors of {description.dim} numbers; correct {field}, "
            f"{others} (outputs: {shapes})"
        )
    return fitting[0].get_node().input_value(0)


def _has_length(output: ov.Output, description: OnnxDescription) -> bool:
    if output.partial_shape.is_dynamic:
        return False
    shape = list(output.shape)
    if description.pooling == "none":
        return sorted(shape, reverse=True) == [description.dim] + [1] * (len(shape) - 1)
    ranks = {3} if description.pooling == "first" else {3, 4}
    return len(shape) in ranks and shape[_channels(len(shape), description)] == description.dim


def _channels(rank: int, description: OnnxDescription) -> int:
    """Return the axis of the channels: tokens are (1, n, channels)."""
    return 1 if rank == 4 and description.layout == "NCHW" else rank - 1


def _pool(features: ov.Output, description: OnnxDescription) -> ov.Output:
    """Return a vector (1, dim) in float32."""
    values = ops.convert(features, "f32")
    rank = len(features.shape)
    axes = np.array(sorted({*range(1, rank)} - {_channels(rank, description)}))
    match description.pooling:
        case "mean":
            values = ops.reduce_mean(values, axes, keep_dims=False)
        case "gem":
            powers = ops.power(ops.maximum(values, np.float32(_GEM_MIN)), np.float32(_GEM_POWER))
            mean = ops.reduce_mean(powers, axes, keep_dims=False)
            values = ops.power(mean, np.float32(1 / _GEM_POWER))
        case "first":
            values = ops.gather(values, np.int64(0), np.int64(1))
    return ops.reshape(values, np.array([1, description.dim]), special_zero=False).output(0)


def _scale_pixels(model: ov.Model, description: OnnxDescription) -> ov.Model:
    """Let the network take uint8 RGB (1, side, side, 3)."""
    white = 255 / description.max_value
    steps = ov.preprocess.PrePostProcessor(model)
    pixels = steps.input()
    pixels.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    pixels.tensor().set_color_format(ov.preprocess.ColorFormat.RGB)
    pixels.model().set_layout(ov.Layout(description.layout))
    scaling = pixels.preprocess().convert_element_type(ov.Type.f32)
    if description.colours == "BGR":
        scaling = scaling.convert_color(ov.preprocess.ColorFormat.BGR)
    scaling.mean([value * white for value in description.mean])
    scaling.scale([value * white for value in description.std])
    return steps.build()
