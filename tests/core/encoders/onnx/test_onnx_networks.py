"""Networks in ONNX files, compared with the reference of the ONNX standard; refusals of others."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from core.encoders.catalogue import describe
from core.encoders.description import EncoderDescription
from core.encoders.encoder import Network
from core.encoders.factory import open_network
from core.encoders.onnx.description import OnnxDescription
from core.encoders.onnx.own_encoders import read_own_encoder
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from core.errors import NotInstalled
from tests.support.onnx_networks import (
    CHANNELS,
    convolutional,
    node,
    reference_outputs,
    save_model,
    vision_transformer,
)

SIDE = 32
IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
PLAIN = {"mean": (0, 0, 0), "std": (1, 1, 1)}


def describe_own(folder: Path, **fields: Any) -> EncoderDescription:
    fields = {"side": SIDE, "dim": CHANNELS, **IMAGENET} | fields
    lines = [f"{name} = {list(value) if isinstance(value, tuple) else value!r}"
             for name, value in fields.items()]  # fmt: skip
    path = folder / "mine.toml"
    path.write_text("\n".join(lines))
    return read_own_encoder(path)


def open_own(folder: Path, **fields: Any) -> Network:
    """Open `mine.onnx` in f32."""
    weights = WeightsLookup(folder, {}).require(describe_own(folder, **fields))
    return open_network(weights, folder=folder, precision="f32")


def photos(side: int = SIDE) -> NDArray[np.uint8]:
    return np.random.default_rng(3).integers(0, 256, (2, side, side, 3), np.uint8)


def scaled(images: NDArray[np.uint8], onnx: OnnxDescription) -> NDArray[np.float32]:
    """What the network is to get for each image, from the definition of the fields."""
    values = images.astype(np.float64) / 255 * onnx.max_value
    if onnx.colours == "BGR":
        values = values[..., ::-1]
    values = (values - np.array(onnx.mean)) / np.array(onnx.std)
    if onnx.layout == "NCHW":
        values = values.transpose(0, 3, 1, 2)
    return values.astype(np.float32)


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({"pooling": "mean", "output": "map"}, "map"),
        ({"pooling": "gem", "output": "map"}, "map"),
        ({"pooling": "mean", "output": "map", "layout": "NHWC"}, "map"),
        ({"pooling": "gem", "output": "map", "layout": "NHWC", "colours": "BGR"}, "map"),
        ({"pooling": "mean", "output": "tokens"}, "tokens"),
        ({"pooling": "first"}, "tokens"),
        ({"pooling": "none", "dim": 5}, "vector"),
        ({"pooling": "none", "dim": 5, "max_value": 255, "colours": "BGR",
          "mean": (103.5, 116.3, 123.7), "std": (57.4, 57.1, 58.4)}, "vector"),
    ],
)  # fmt: skip
def test_outputs_are_those_of_the_onnx_reference(
    tmp_path: Path, fields: dict[str, Any], output: str
) -> None:
    path = convolutional(tmp_path / "mine.onnx", layout=fields.get("layout", "NCHW"), batch="n")
    network, images = open_own(tmp_path, **fields), photos()
    described = network.description.onnx
    expected = [
        pooled(reference_outputs(path, scaled(image[None], described))[output][0], described)
        for image in images
    ]
    np.testing.assert_allclose(network.run(images), expected, rtol=1e-4, atol=1e-5)


def pooled(features: NDArray[np.float32], onnx: OnnxDescription) -> NDArray[np.float64]:
    """The vector of one image, by the definition of the poolings in double precision."""
    values = features.astype(np.float64)
    if values.ndim == 3 and onnx.layout == "NCHW":
        values = values.transpose(1, 2, 0)
    rows = values.reshape(-1, values.shape[-1])
    match onnx.pooling:
        case "gem":
            return (np.maximum(rows, 1e-6) ** 3).mean(axis=0) ** (1 / 3)
        case "first":
            return rows[0]
        case _:
            return rows.mean(axis=0)


def test_a_vision_transformer_with_the_row_of_fashionsiglip_gives_the_vectors_of_the_reference(
    tmp_path: Path,
) -> None:
    row = describe("marqo-fashionsiglip")
    path = vision_transformer(tmp_path / "vision.onnx", side=row.side, dim=row.dim)
    network = open_network(ResolvedWeights(row, path, "0" * 64), folder=tmp_path, precision="f32")
    images = photos(row.side)
    pixels = ((images / 127.5 - 1).transpose(0, 3, 1, 2)).astype(np.float32)
    expected = reference_outputs(path, pixels)["vector"]
    np.testing.assert_allclose(network.run(images), expected, rtol=1e-3, atol=1e-4)


def save_vector_model(folder: Path, nodes: list[onnx.NodeProto], **weights: NDArray[Any]) -> None:
    """Write a network that makes `vector` of the mean colour `mean` (1, 3)."""
    first = node("ReduceMean", "pixels", "mean", axes=[2, 3], keepdims=0)
    save_model(folder / "mine.onnx", [first, *nodes], weights, [1, 3, SIDE, SIDE], ["vector"])


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ([node("Neg", "mean", "negative"), node("Log", "negative", "vector")], "not finite"),
        ([node("RandomNormal", "", "noise", shape=[1, 3]), node("Add", "mean noise", "vector")],
         "changes from call to call"),
        ([node("Mul", "mean zero", "nothing"), node("Add", "nothing one", "vector")],
         "different images have the same vector"),
        ([node("Mul", "mean zero", "vector")], "different images have the same vector"),
        ([node("Spy", "mean", "vector", domain="evil.ops")], r"evil\.ops\.Spy"),
    ],
)  # fmt: skip
def test_networks_that_make_useless_vectors_are_refused(
    tmp_path: Path, nodes: list[onnx.NodeProto], reason: str
) -> None:
    save_vector_model(tmp_path, nodes, zero=np.float32([0]), one=np.float32([1]))
    with pytest.raises(NotInstalled, match=reason):
        open_own(tmp_path, dim=3, **PLAIN)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"side": 64}, r"correct `side` or `layout`"),
        ({"layout": "NHWC"}, r"input has the shape \[1,3,32,32\].*correct `side` or `layout`"),
        ({"output": "embedding"}, r"no output 'embedding'; correct `output` \(map \[1,8,8,8\]"),
        ({"output": "vector", "dim": 6}, "no output has vectors of 6 numbers.*`dim` or `pooling`"),
        ({"pooling": "mean"}, "more than one output has vectors of 8 numbers.*correct `output`"),
        ({"pooling": "none"}, "no output has vectors of 8 numbers.*vector"),
    ],
)
def test_a_description_that_does_not_fit_the_network_is_refused_with_its_wrong_field(
    tmp_path: Path, fields: dict[str, Any], reason: str
) -> None:
    convolutional(tmp_path / "mine.onnx")
    with pytest.raises(NotInstalled, match=reason):
        open_own(tmp_path, **fields)


def test_files_that_are_not_whole_onnx_models_are_refused(tmp_path: Path) -> None:
    path = convolutional(tmp_path / "mine.onnx")
    whole = path.read_bytes()
    for content in (
        whole[:-40],
        b"hello world, not a model",
        b"<?xml version='1.0'?><net name='x' version='11'/>",
    ):
        path.write_bytes(content)
        with pytest.raises(NotInstalled, match=r"mine\.onnx.*must be a whole ONNX file"):
            open_own(tmp_path, pooling="first")
    path.write_bytes(b"")
    with pytest.raises(NotInstalled, match="between 1 byte and 2 GiB"):
        open_own(tmp_path, pooling="first")


def test_weights_in_another_file_are_refused_because_no_checksum_covers_them(
    tmp_path: Path,
) -> None:
    path = convolutional(tmp_path / "mine.onnx")
    onnx.save_model(
        onnx.load(path), path, save_as_external_data=True, location="mine.bin", size_threshold=0
    )
    with pytest.raises(NotInstalled, match="save it as one file"):
        open_own(tmp_path, pooling="first")


def test_a_pinned_checksum_of_ones_own_file_is_enforced(tmp_path: Path) -> None:
    convolutional(tmp_path / "mine.onnx")
    description = describe_own(tmp_path, pooling="first")
    status = WeightsLookup(tmp_path, {"mine": "0" * 64}).status(description)
    assert status.state == "wrong"
    assert "sha256" in status.detail


def test_the_label_of_vectors_changes_with_the_file_and_with_fields_that_shape_them(
    tmp_path: Path,
) -> None:
    lookup = WeightsLookup(tmp_path, {})

    def label(**fields: Any) -> str:
        return lookup.require(describe_own(tmp_path, **fields)).identity.weights

    convolutional(tmp_path / "mine.onnx")
    before = label(pooling="first")
    assert label(pooling="first", licence="MIT", colours="RGB", max_value=1) == before
    changed = [
        label(pooling="mean"),
        label(pooling="first", std=(1, 1, 1)),
        label(pooling="first", colours="BGR"),
    ]
    convolutional(tmp_path / "mine.onnx", seed=2)
    assert len({before, *changed, label(pooling="first")}) == 5


def test_a_missing_network_is_reported_with_its_place(tmp_path: Path) -> None:
    description = describe_own(tmp_path)
    with pytest.raises(NotInstalled, match=rf"copy it to {tmp_path}/mine\.onnx"):
        WeightsLookup(tmp_path, {}).require(description)
    assert replace(description, name="other").identity("a").name == "other"
