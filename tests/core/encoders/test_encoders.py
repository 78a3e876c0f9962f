"""Both runtimes, compared with the PyTorch port and with each other, and called concurrently."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from core.encoders.catalogue import describe
from core.encoders.encoder import Encoder, Network
from core.encoders.factory import open_network
from core.encoders.networks import load
from core.encoders.openvino_runtime import ov
from core.encoders.recipes.recipe_encoder import RecipeEncoder
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from core.errors import InvalidInput
from tests.data import lite_reference

pytestmark = pytest.mark.slow

BF16 = "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def encoder_of(weights: ResolvedWeights, recipe: str, network: Network) -> Encoder:
    return RecipeEncoder(network, weights.description.identity(weights.sha256, recipe))


@pytest.fixture(scope="module")
def openvino_network(lite0: ResolvedWeights, models: Path) -> Network:
    return open_network(lite0, folder=models, runtime="openvino", precision="f32", streams=2)


@pytest.fixture(scope="module")
def tensorflow_network(lite0: ResolvedWeights, tmp_path_factory: pytest.TempPathFactory) -> Network:
    folder = tmp_path_factory.mktemp("unused")
    return open_network(lite0, folder=folder, runtime="tensorflow", batch_size=3)


@pytest.fixture(params=["openvino", "tensorflow"])
def network(request: pytest.FixtureRequest) -> Network:
    return request.getfixturevalue(f"{request.param}_network")


@pytest.fixture
def encoder(lite0: ResolvedWeights, network: Network) -> Encoder:
    return RecipeEncoder(network, lite0.identity)


def distances(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """1 - cosine of each pair of rows, in double precision."""
    a, b = (x.astype(np.float64) for x in (a, b))
    return 1 - (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_vectors_are_those_of_the_pytorch_port(
    lite0: ResolvedWeights,
    network: Network,
    reference_images: NDArray,
    reference_vectors: NDArray,
) -> None:
    vectors = encoder_of(lite0, "network-1", network).encode(reference_images)
    assert distances(vectors, reference_vectors).max() <= 1e-9
    assert np.abs(vectors - reference_vectors).max() <= 2e-6


@pytest.mark.parametrize("model", ["lite1", "lite2"])
def test_vectors_of_the_larger_lite_networks_are_those_of_the_pytorch_port(
    model: str, tmp_path: Path
) -> None:
    weights = WeightsLookup(tmp_path, {}).require(describe(f"efficientnet-{model}"))
    network = open_network(weights, folder=tmp_path, runtime="tensorflow")
    encoder = encoder_of(weights, "network-1", network)
    vectors = encoder.encode(lite_reference.sample_images(encoder.side))
    expected = lite_reference.reference_vectors(model)
    assert encoder.side == lite_reference.SIDES[model]
    assert vectors.shape == expected.shape == (4, encoder.identity.dim)
    assert distances(vectors, expected).max() <= 1e-9
    assert np.abs(vectors - expected).max() <= 2e-6


def test_other_layers_are_pooled_towards_the_centre_as_computed_from_the_feature_maps(
    lite0: ResolvedWeights, network: Network, reference_images: NDArray
) -> None:
    keras_network = load(lite0.description, lite0.path)
    parts = encoder_of(lite0, "parts-1", network).features(reference_images)
    for name, shape in (("network", (7, 7, 1280)), ("middle", (14, 14, 112))):
        maps = feature_maps(keras_network, shape)(reference_images).numpy()
        assert distances(parts[name], centred_pooling(maps)).max() <= 1e-9


def feature_maps(network: keras.Model, shape: tuple[int, ...]) -> keras.Model:
    """The part of the network up to the last convolution or sum with this output."""
    ends = [
        layer.output
        for layer in network.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Add)
        and tuple(layer.output.shape[1:]) == shape
    ]
    return keras.Model(network.input, ends[-1])


def centred_pooling(maps: NDArray) -> NDArray[np.float64]:
    """Root of the mean square, weighted by a bell curve, in double precision: (n, channels)."""
    side = maps.shape[1]
    at = np.array([(2 * n + 1) / side - 1 for n in range(side)])
    bell = np.exp(-(at[:, None] ** 2 + at**2) / (2 * 0.7**2))[..., None]
    squares = np.maximum(maps.astype(np.float64), 0) ** 2
    return np.sqrt((squares * bell).sum(axis=(1, 2)) / bell.sum())


def test_both_runtimes_agree(
    lite0: ResolvedWeights,
    openvino_network: Network,
    tensorflow_network: Network,
    reference_images: NDArray,
) -> None:
    networks = openvino_network, tensorflow_network
    a, b = (RecipeEncoder(each, lite0.identity).encode(reference_images) for each in networks)
    assert distances(a, b).max() <= 1e-9


def test_vectors_have_length_one_and_the_catalogues_shape(
    encoder: Encoder, reference_images: NDArray
) -> None:
    vectors = encoder.encode(reference_images)
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, encoder.identity.dim) == (4, 1280 + 112 + 64)
    np.testing.assert_allclose(np.linalg.norm(vectors.astype(np.float64), axis=1), 1, atol=1e-6)


def test_the_vector_of_an_image_does_not_depend_on_the_batch(
    encoder: Encoder, reference_images: NDArray
) -> None:
    seven = np.concatenate([reference_images, reference_images[:3]])
    alone = np.concatenate([encoder.encode(seven[n : n + 1]) for n in range(7)])
    assert distances(encoder.encode(seven), alone).max() <= 1e-9


def test_more_threads_than_streams_get_the_right_vectors(
    encoder: Encoder, reference_images: NDArray
) -> None:
    order = [n % 4 for n in range(32)]
    alone = encoder.encode(reference_images)
    with ThreadPoolExecutor(4) as pool:
        vectors = pool.map(encoder.encode, (reference_images[n : n + 1] for n in order))
    assert distances(np.concatenate(list(vectors)), alone[order]).max() <= 1e-9


@pytest.mark.skipif(not BF16, reason="this CPU has no bf16 instructions")
def test_bf16_stays_near_the_reference_and_tells_images_apart(
    lite0: ResolvedWeights, models: Path, reference_images: NDArray, reference_vectors: NDArray
) -> None:
    # Drawn images are the worst case: 1-cos of photographs is 9e-4, at most 6e-3.
    network = open_network(lite0, folder=models)
    vectors = encoder_of(lite0, "network-1", network).encode(reference_images)
    assert 1e-6 < distances(vectors, reference_vectors).max() <= 2e-2
    assert (vectors @ reference_vectors.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


@pytest.mark.skipif(BF16, reason="this CPU has bf16 instructions")
def test_bf16_is_refused_if_the_cpu_has_none(lite0: ResolvedWeights, models: Path) -> None:
    with pytest.raises(InvalidInput, match="no bf16"):
        open_network(lite0, folder=models, runtime="openvino", precision="bf16")


def test_tensorflow_refuses_bf16(lite0: ResolvedWeights, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="f32"):
        open_network(lite0, folder=tmp_path, runtime="tensorflow", precision="bf16")


def test_a_worker_imports_no_tensorflow_and_sends_no_telemetry(models: Path) -> None:
    code = f"""
import pathlib, sys, threading
from core.encoders.catalogue import describe
from core.encoders.factory import open_network
from core.encoders.weights.lookup import WeightsLookup
folder = pathlib.Path({str(models)!r})
weights = WeightsLookup(folder, {{}}).require(describe("efficientnet-lite0"))
network = open_network(weights, folder=folder)
loaded = {{"tensorflow", "keras", "openvino_telemetry.main"}} & set(sys.modules)
print(type(network).__name__, threading.active_count(), sorted(loaded))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=2) == ["OpenVinoNetwork", "1", "[]\n"]
