"""Networks with random weights, one at a time, because the files are large."""

import shutil
from collections.abc import Iterator

import pytest

from core.encoders.catalogue import describe
from tests.support.seeded_weights import (
    Seeded,
    reference_features,
    sample_images,
    write_weights,
)


@pytest.fixture(scope="module")
def seeded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seeded]:
    """The encoder named by the test's parameter."""
    description = describe(request.param)
    cache = tmp_path_factory.mktemp("keras")
    weights = cache / "models" / description.weights.file
    weights.parent.mkdir()
    write_weights(description, weights)
    images = sample_images(description.side, seed=2)
    yield Seeded(description, weights, images, reference_features(description, weights, images))
    shutil.rmtree(cache)
