"""BiT compared with the official model, with its definition, and with likely mistakes."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from core.encoders.catalogue import describe
from core.encoders.description import PublishedWeights
from core.encoders.encoder import unit_rows
from core.encoders.networks import load
from core.encoders.openvino import OpenVinoNetwork
from core.encoders.openvino_runtime import ov
from core.encoders.weights.lookup import ResolvedWeights
from core.errors import NotInstalled
from tests.data import bit_reference

BIT = describe("bit-m-r50x1")
BF16 = "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
TOLERANCE = 1e-4
UNIT = "block2.unit01"


@pytest.fixture(scope="module")
def weights() -> bit_reference.Weights:
    return bit_reference.weights()


@pytest.fixture(scope="module")
def file(weights: bit_reference.Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "BiT-M-R50x1.npz"
    np.savez(path, **weights)
    return path


@pytest.fixture(scope="module")
def network(file: Path) -> keras.Model:
    return load(BIT, file)


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    return bit_reference.sample_images()


def differences(features: NDArray) -> NDArray[np.float64]:
    """The largest difference from the official model's features, per image."""
    return np.abs(features - np.load(bit_reference.VECTORS).astype(np.float64)).max(axis=1)


def unit(vectors: NDArray) -> NDArray[np.float64]:
    exact = vectors.astype(np.float64)
    return exact / np.linalg.norm(exact, axis=1, keepdims=True)


@pytest.mark.slow
def test_features_are_those_of_the_official_model(network: keras.Model, images: NDArray) -> None:
    assert differences(network(images).numpy()).max() <= TOLERANCE


def test_a_file_of_another_network_is_refused(file: Path) -> None:
    with pytest.raises(NotInstalled, match=r"R50x1\.npz .*block3/unit07/.* is missing"):
        load(describe("bit-m-r101x1"), file)


@pytest.mark.parametrize("model", bit_reference.MODELS)
def test_the_catalogue_has_the_right_number_of_parameters(model: str) -> None:
    shapes = bit_reference.layout(model).items()
    counted = sum(prod(shape) for name, shape in shapes if "/head/" not in name)
    published = describe(f"bit-m-{model}".lower()).weights
    assert isinstance(published, PublishedWeights)
    assert published.parameters == counted


# --- one unit, from the definition ---------------------------------------------------------------


def group_normed(x: NDArray, gamma: NDArray, beta: NDArray) -> NDArray:
    """Group norm over height, width and the channels of each of 32 groups, then ReLU."""
    groups = np.stack(np.split(x, 32, axis=-1))
    axes = (2, 3, 4)
    mean, variance = groups.mean(axes, keepdims=True), groups.var(axes, keepdims=True)
    normed = np.concatenate((groups - mean) / np.sqrt(variance + 1e-5), axis=-1)
    return np.maximum(normed * gamma + beta, 0)


def standardised(kernel: NDArray, epsilon: float = 1e-10, degrees: int = 0) -> NDArray:
    """Scale every output channel to mean 0 and variance 1."""
    columns = kernel.astype(np.float64).reshape(-1, kernel.shape[-1])
    variance = columns.var(axis=0, ddof=degrees)
    return ((columns - columns.mean(axis=0)) / np.sqrt(variance + epsilon)).reshape(kernel.shape)


def convolved(x: NDArray, kernel: NDArray, stride: int = 1) -> NDArray:
    """Convolution padded equally on all sides, so that stride 1 keeps the size."""
    size = len(kernel)
    margin = size // 2
    padded = np.pad(x, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    high, wide = ((n - 1) // stride + 1 for n in x.shape[1:3])
    down, right = (slice(None, n * stride, stride) for n in (high, wide))
    return sum(
        padded[:, i:, j:][:, down, right] @ kernel[i, j] for i in range(size) for j in range(size)
    )


def test_a_unit_with_stride_and_projection_follows_its_definition(
    network: keras.Model, weights: bit_reference.Weights
) -> None:
    before, after = (network.get_layer(f"resnet.{name}") for name in ("block1.unit03", UNIT))
    # So small that the epsilon of the first norm matters.
    x = np.random.RandomState(22).normal(0.001, 0.005, (1, 56, 56, 256)).astype(np.float32)
    features = keras.Model(before.output, after.output)(x).numpy()

    name = f"resnet/{UNIT.replace('.', '/')}"
    kernels = {
        part: standardised(weights[f"{name}/{part}/standardized_conv2d/kernel"])
        for part in ("a", "b", "c", "a/proj")
    }
    norms = {
        part: [weights[f"{name}/{part}/group_norm/{which}"] for which in ("gamma", "beta")]
        for part in "abc"
    }
    a = group_normed(x.astype(np.float64), *norms["a"])
    y = convolved(a, kernels["a"])
    y = convolved(group_normed(y, *norms["b"]), kernels["b"], stride=2)
    y = convolved(group_normed(y, *norms["c"]), kernels["c"])
    expected = y + convolved(a, kernels["a/proj"], stride=2)
    np.testing.assert_allclose(features, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


# --- likely mistakes -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Mistake:
    """What is changed: settings of layers (by a pattern of their names), kernels, images."""

    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    kernel: Callable[[NDArray], NDArray] = standardised
    preprocess: Callable[[NDArray], NDArray] = lambda images: images
    projects_raw: bool = False


NO_PADDING: dict[str, Any] = {"padding": 0}
SAME = {"padding": "same"}
STRIDED = r"resnet\.block[234]\.unit01"
CONV = r"standardized_conv2d"
MISTAKES = {
    "group norm epsilon of Keras": Mistake({r".*group_norm": {"epsilon": 1e-3}}),
    "kernel epsilon 1e-5": Mistake(kernel=lambda k: standardised(k, epsilon=1e-5)),
    "kernel epsilon 0": Mistake(kernel=lambda k: standardised(k, epsilon=0)),
    "unbiased variance of kernels": Mistake(kernel=lambda k: standardised(k, degrees=1)),
    "kernels not standardised": Mistake(kernel=lambda k: k),
    "stride on the first 1x1": Mistake({
        rf"{STRIDED}\.a\.{CONV}": {"strides": 2},
        rf"{STRIDED}\.b\.{CONV}": {"strides": 1},
    }),
    "projection of input without norm": Mistake(projects_raw=True),
    "root padded as Keras does": Mistake({
        r"resnet\.root_block\.pad": NO_PADDING,
        rf"resnet\.root_block\.{CONV}": SAME,
    }),
    "3x3 padded as Keras does": Mistake({
        rf"{STRIDED}\.b\.pad": NO_PADDING,
        rf"{STRIDED}\.b\.{CONV}": SAME,
    }),
    "pool padded as Keras does": Mistake({"pool_pad": NO_PADDING, "pool": SAME}),
    "BGR": Mistake(preprocess=lambda images: images[..., ::-1]),
    "values from 0 to 1": Mistake({"rescaling.*": {"scale": 1 / 255, "offset": 0}}),
}


def build_with_mistake(
    network: keras.Model, weights: bit_reference.Weights, mistake: Mistake
) -> keras.Model:
    """A copy of the network with the mistake."""
    inputs: dict[str, keras.KerasTensor] = {}

    def clone_layer(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        for name, change in mistake.settings.items():
            config |= change if re.fullmatch(name, layer.name) else {}
        return type(layer).from_config(config)

    def call_layer(layer: keras.Layer, x: Any) -> Any:
        inputs[layer.name] = x
        if mistake.projects_raw and layer.name.endswith(f".proj.{CONV}"):
            x = inputs[layer.name.replace(f"proj.{CONV}", "group_norm")]
        return layer(x)

    copy = keras.models.clone_model(network, clone_function=clone_layer, call_function=call_layer)
    copy.set_weights(network.get_weights())
    for layer in copy.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel = weights[f"{layer.name.replace('.', '/')}/kernel"]
            layer.set_weights([mistake.kernel(kernel)])
    return copy


@pytest.mark.slow
def test_a_copy_without_a_mistake_is_as_exact_as_the_network(
    network: keras.Model, weights: bit_reference.Weights, images: NDArray
) -> None:
    copy = build_with_mistake(network, weights, Mistake())
    assert differences(copy(images).numpy()).max() <= TOLERANCE


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_detected(
    mistake: Mistake, network: keras.Model, weights: bit_reference.Weights, images: NDArray
) -> None:
    copy = build_with_mistake(network, weights, mistake)
    assert differences(copy(mistake.preprocess(images)).numpy()).max() > 20 * TOLERANCE


# --- OpenVINO ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.mark.slow
def test_openvino_gives_the_vectors_of_the_official_model(
    file: Path, models: Path, images: NDArray
) -> None:
    resolved = ResolvedWeights(BIT, file, "0" * 64)
    network = OpenVinoNetwork(resolved, folder=models, precision="f32", streams=1)
    expected = unit(np.load(bit_reference.VECTORS))
    np.testing.assert_allclose(unit_rows(network.run(images)), expected, rtol=0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.skipif(not BF16, reason="this CPU has no bf16 instructions")
def test_bf16_stays_near_the_official_model(file: Path, models: Path, images: NDArray) -> None:
    resolved = ResolvedWeights(BIT, file, "0" * 64)
    network = OpenVinoNetwork(resolved, folder=models, precision="bf16", streams=1)
    cosines = (unit_rows(network.run(images)) * unit(np.load(bit_reference.VECTORS))).sum(axis=1)
    assert 1e-6 < (1 - cosines).max() <= 1e-2
