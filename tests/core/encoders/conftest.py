"""The folder of converted networks, filled once, and the reference numbers."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.encoders.catalogue import describe
from core.encoders.convert import converted
from tests.data.lite0_reference import VECTORS, pictures


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    converted(describe("efficientnet-lite0"), folder)
    return folder


@pytest.fixture(scope="session")
def reference_pictures() -> NDArray[np.uint8]:
    return pictures()


@pytest.fixture(scope="session")
def reference_vectors() -> NDArray[np.float64]:
    """Computed by the PyTorch port in double precision: (4, 1280)."""
    return np.load(VECTORS).astype(np.float64)
