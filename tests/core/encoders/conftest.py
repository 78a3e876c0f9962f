"""EfficientNet-Lite0, which is always installed, converted once, with its reference vectors."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.encoders.catalogue import describe
from core.encoders.openvino_conversion import ensure_converted
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from tests.data import lite_reference


@pytest.fixture(scope="session")
def lite0(tmp_path_factory: pytest.TempPathFactory) -> ResolvedWeights:
    return WeightsLookup(tmp_path_factory.mktemp("weights"), {}).require(
        describe("efficientnet-lite0")
    )


@pytest.fixture(scope="session")
def models(lite0: ResolvedWeights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    ensure_converted(lite0, folder)
    return folder


@pytest.fixture(scope="session")
def reference_images() -> NDArray[np.uint8]:
    return lite_reference.sample_images()


@pytest.fixture(scope="session")
def reference_vectors() -> NDArray[np.float64]:
    """Computed by the PyTorch port in double precision: (4, 1280)."""
    return lite_reference.reference_vectors("lite0")
