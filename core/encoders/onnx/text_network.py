"""Reads the network of a text tower from an ONNX file: the tokens of a text become one vector."""

from pathlib import Path

import numpy as np

from core.encoders.onnx.description import OnnxDescription, TextDescription
from core.encoders.onnx.model import choose_output, load, ops, reading
from core.encoders.openvino_runtime import ov

_FIELD = "`output` in [text]"
_OTHERS = "or export the text tower with a projection to `dim`"
_UNCHANGED = {"Convert", "Reshape", "Squeeze", "Unsqueeze"}
"""What a network may do to tokens before it looks them up."""


def read_text_onnx(path: Path, description: OnnxDescription, text: TextDescription) -> ov.Model:
    """Return the network: tokens, and perhaps a mask, (1, context) -> float32 (1, dim).

    The vector is not normalised.

    Raises:
        NotInstalled: the file is not a whole ONNX model, or does not fit its description; the
            message names the field to correct.
    """
    with reading(path):
        model = load(path)
        _fix_inputs(model, text)
        wanted = description.model_copy(update={"output": text.output, "pooling": "none"})
        output = choose_output(model, wanted, field=_FIELD, others=_OTHERS)
        values = ops.convert(output, "f32")
        vector = ops.reshape(values, np.array([1, description.dim]), special_zero=False)
        return ov.Model([vector.output(0)], model.get_parameters(), path.stem)


def _fix_inputs(model: ov.Model, text: TextDescription) -> None:
    """Fix the shapes of the inputs.

    Raises:
        ValueError: the network has other inputs, or does not take so many tokens.
    """
    inputs = [entry.get_any_name() for entry in model.inputs]
    if sorted(inputs) != sorted(text.inputs):
        raise ValueError(f"its inputs are {', '.join(inputs)}; correct `inputs`")
    shape = ov.PartialShape([1, text.context])
    try:
        can_fit = all(entry.partial_shape.compatible(shape) for entry in model.inputs)
        model.reshape(dict.fromkeys(inputs, shape))
    except RuntimeError:  # some step of the network needs another number of tokens
        can_fit = False
    if not can_fit:
        raise ValueError(
            f"it cannot take {text.context} tokens; correct `context`, or export it with this shape"
        )


def count_tokens(model: ov.Model, tokens: str) -> int | None:
    """Return how many tokens a network knows: the rows of the table in which it looks them up.

    `tokens` is the name of the input; None if there is no such table.
    """
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Gather" and _is_input(node.input_value(1).get_node(), tokens):
            rows = node.input_value(0).get_partial_shape()[0]
            return int(rows.get_length()) if rows.is_static else None
    return None


def _is_input(node: ov.Node, name: str) -> bool:
    while node.get_type_name() in _UNCHANGED:
        node = node.input_value(0).get_node()
    return node.get_type_name() == "Parameter" and name in node.output(0).get_names()
