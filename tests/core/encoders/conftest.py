"""EfficientNet-Lite0, which is always there, converted once; and its reference numbers."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.encoders.catalogue import describe
from core.encoders.openvino_conversion import converted
from core.encoders.weights.lookup import Ready, Weights
from tests.data.lite0_reference import VECTORS, pictures


@pytest.fixture(scope="session")
def lite0(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    return Weights(tmp_path_factory.mktemp("weights"), {}).require(describe("efficientnet-lite0"))


@pytest.fixture(scope="session")
def models(lite0: Ready, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    converted(lite0, folder)
    return folder


@pytest.fixture(scope="session")
def reference_pictures() -> NDArray[np.uint8]:
    return pictures()


@pytest.fixture(scope="session")
def reference_vectors() -> NDArray[np.float64]:
    """Computed by the PyTorch port in double precision: (4, 1280)."""
    return np.load(VECTORS).astype(np.float64)
