"""Small networks in ONNX files with seeded random weights, and what ONNX's own reference computes.

The reference shares nothing with OpenVINO; pixels are scaled and outputs pooled with NumPy.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

CHANNELS = 8
Arrays = dict[str, NDArray[Any]]


def node(kind: str, inputs: str, output: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(kind, inputs.split(), [output], **attributes)


def save_model(
    path: Path, nodes: list[onnx.NodeProto], weights: Arrays, shape: list[Any], outputs: list[str]
) -> Path:
    """Write a model with the input `pixels` of that shape."""
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("pixels", floats, shape)],
        [helper.make_tensor_value_info(name, floats, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def convolutional(
    path: Path, *, side: int = 32, layout: str = "NCHW", batch: Any = 1, seed: int = 1
) -> Path:
    """Write a network with the outputs `map` (feature map), `tokens` and `vector`."""
    random = np.random.default_rng(seed)
    weights = {
        "kernel": random.normal(0, 0.3, (CHANNELS, 3, 4, 4)).astype(np.float32),
        "bias": random.normal(0, 0.3, CHANNELS).astype(np.float32),
        "matrix": random.normal(0, 1, (CHANNELS, 5)).astype(np.float32),
        "rows": np.array([0, CHANNELS, -1]),
    }
    is_last = layout == "NHWC"
    nodes = [
        node("Transpose", "pixels", "first", perm=[0, 3, 1, 2] if is_last else [0, 1, 2, 3]),
        node("Conv", "first kernel bias", "filtered", strides=[4, 4]),
        node("LeakyRelu", "filtered", "active"),
        node("Transpose", "active", "map", perm=[0, 2, 3, 1] if is_last else [0, 1, 2, 3]),
        node("Reshape", "active rows", "lines"),
        node("Transpose", "lines", "tokens", perm=[0, 2, 1]),
        node("ReduceMean", "tokens", "mean", axes=[1], keepdims=0),
        node("MatMul", "mean matrix", "vector"),
    ]
    shape = [batch, side, side, 3] if is_last else [batch, 3, side, side]
    return save_model(path, nodes, weights, shape, ["map", "tokens", "vector"])


def write_own_encoder(folder: Path, name: str, *, text: str = "", **fields: str) -> None:
    """Write a convolutional network and its description, whose fields are in TOML.

    `text` is the table of its text tower.
    """
    convolutional(folder / f"{name}.onnx")
    values = {"side": "32", "dim": str(CHANNELS), "mean": "[0, 0, 0]", "std": "[1, 1, 1]"}
    values |= {"pooling": "'mean'", "output": "'map'"} | fields
    lines = [f"{field} = {value}\n" for field, value in values.items()]
    (folder / f"{name}.toml").write_text("".join(lines) + text)


def vision_transformer(path: Path, *, side: int, dim: int, width: int = 24) -> Path:
    """Write a patch embedding, an attention block, and a head: `last_hidden_state`, `vector`."""
    random = np.random.default_rng(2)
    weights = draw_attention(random, width, dim) | {
        "patches": random.normal(0, 0.2 / 16, (width, 3, 16, 16)).astype(np.float32),
        "position": random.normal(0, 0.2, (1, (side // 16) ** 2, width)).astype(np.float32),
        "rows": np.array([0, width, -1]),
    }
    nodes = [
        node("Conv", "pixels patches", "grid", strides=[16, 16]),
        node("Reshape", "grid rows", "flat"),
        node("Transpose", "flat", "turned", perm=[0, 2, 1]),
        node("Add", "turned position", "tokens"),
        *attention(),
        node("ReduceMean", "last_hidden_state", "mean", axes=[1], keepdims=0),
        node("MatMul", "mean head", "vector"),
    ]
    return save_model(
        path, nodes, weights, ["batch", 3, side, side], ["last_hidden_state", "vector"]
    )


def draw_attention(random: np.random.Generator, width: int, dim: int) -> Arrays:
    """The weights of `attention`, and of a head that makes `dim` numbers of a token."""
    shapes = dict.fromkeys(("query", "key", "value", "out"), (width, width))
    weights: Arrays = {
        name: random.normal(0, width**-0.5, shape).astype(np.float32)
        for name, shape in {**shapes, "head": (width, dim)}.items()
    }
    return weights | {
        "scale": np.ones(width, np.float32),
        "shift": np.zeros(width, np.float32),
        "root": np.float32([width**-0.5]),
    }


def attention(penalty: str = "") -> list[onnx.NodeProto]:
    """A block that makes `last_hidden_state` of `tokens`; a penalty is added to its scores."""
    return [
        node("LayerNormalization", "tokens scale shift", "even", axis=-1),
        *[node("MatMul", f"even {name}", name[0]) for name in ("query", "key", "value")],
        node("Transpose", "k", "turned_keys", perm=[0, 2, 1]),
        node("MatMul", "q turned_keys", "products"),
        node("Mul", "products root", "scores"),
        node("Sum", f"scores {penalty}", "allowed"),
        node("Softmax", "allowed", "shares", axis=-1),
        node("MatMul", "shares v", "mixed"),
        node("MatMul", "mixed out", "update"),
        node("Add", "tokens update", "last_hidden_state"),
    ]


def reference_outputs(path: Path, pixels: NDArray[np.float32]) -> Arrays:
    """The outputs for images by name, computed by the reference of the ONNX standard."""
    return run_reference(path, {"pixels": pixels})


def run_reference(path: Path, inputs: Arrays) -> Arrays:
    """The outputs by name, computed by the reference of the ONNX standard."""
    model = onnx.load(path)
    names = [output.name for output in model.graph.output]
    return dict(zip(names, ReferenceEvaluator(model).run(None, inputs), strict=True))
