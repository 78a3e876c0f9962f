"""Both runtimes, compared with the PyTorch port and with each other, and called concurrently."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.encoders.catalogue import describe
from core.encoders.encoder import Encoder
from core.encoders.factory import open_encoder
from core.encoders.openvino_runtime import ov
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from core.errors import InvalidInput
from tests.data import lite_reference

pytestmark = pytest.mark.slow

BF16 = "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@pytest.fixture(scope="module")
def openvino(lite0: ResolvedWeights, models: Path) -> Encoder:
    return open_encoder(lite0, folder=models, runtime="openvino", precision="f32", streams=2)


@pytest.fixture(scope="module")
def tensorflow(lite0: ResolvedWeights, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    folder = tmp_path_factory.mktemp("unused")
    return open_encoder(lite0, folder=folder, runtime="tensorflow", batch_size=3)


@pytest.fixture(params=["openvino", "tensorflow"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return request.getfixturevalue(request.param)


def distances(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """1 - cosine of each pair of rows, in double precision."""
    a, b = (x.astype(np.float64) for x in (a, b))
    return 1 - (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_vectors_are_those_of_the_pytorch_port(
    encoder: Encoder, reference_images: NDArray, reference_vectors: NDArray
) -> None:
    vectors = encoder.encode(reference_images)
    assert distances(vectors, reference_vectors).max() <= 1e-9
    assert np.abs(vectors - reference_vectors).max() <= 2e-6


@pytest.mark.parametrize("model", ["lite1", "lite2"])
def test_vectors_of_the_larger_lite_networks_are_those_of_the_pytorch_port(
    model: str, tmp_path: Path
) -> None:
    weights = WeightsLookup(tmp_path, {}).require(describe(f"efficientnet-{model}"))
    encoder = open_encoder(weights, folder=tmp_path, runtime="tensorflow")
    vectors = encoder.encode(lite_reference.sample_images(encoder.side))
    expected = lite_reference.reference_vectors(model)
    assert encoder.side == lite_reference.SIDES[model]
    assert vectors.shape == expected.shape == (4, encoder.identity.dim)
    assert distances(vectors, expected).max() <= 1e-9
    assert np.abs(vectors - expected).max() <= 2e-6


def test_both_runtimes_agree(
    openvino: Encoder, tensorflow: Encoder, reference_images: NDArray
) -> None:
    a, b = (runtime.encode(reference_images) for runtime in (openvino, tensorflow))
    assert distances(a, b).max() <= 1e-9


def test_vectors_have_length_one_and_the_catalogues_shape(
    encoder: Encoder, reference_images: NDArray
) -> None:
    vectors = encoder.encode(reference_images)
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, encoder.identity.dim) == (4, describe("efficientnet-lite0").dim)
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
    vectors = open_encoder(lite0, folder=models).encode(reference_images)
    assert 1e-6 < distances(vectors, reference_vectors).max() <= 2e-2
    assert (vectors @ reference_vectors.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


@pytest.mark.skipif(BF16, reason="this CPU has bf16 instructions")
def test_bf16_is_refused_if_the_cpu_has_none(lite0: ResolvedWeights, models: Path) -> None:
    with pytest.raises(InvalidInput, match="no bf16"):
        open_encoder(lite0, folder=models, runtime="openvino", precision="bf16")


def test_tensorflow_refuses_bf16(lite0: ResolvedWeights, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="f32"):
        open_encoder(lite0, folder=tmp_path, runtime="tensorflow", precision="bf16")


def test_a_worker_imports_no_tensorflow_and_sends_no_telemetry(models: Path) -> None:
    code = f"""
import pathlib, sys, threading
from core.encoders.catalogue import describe
from core.encoders.factory import open_encoder
from core.encoders.weights.lookup import WeightsLookup
folder = pathlib.Path({str(models)!r})
weights = WeightsLookup(folder, {{}}).require(describe("efficientnet-lite0"))
encoder = open_encoder(weights, folder=folder)
loaded = {{"tensorflow", "keras", "openvino_telemetry.main"}} & set(sys.modules)
print(type(encoder).__name__, threading.active_count(), sorted(loaded))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=2) == ["OpenVinoEncoder", "1", "[]\n"]
