"""Networks with weights drawn from a seed, one at a time: the files are large."""

import shutil
from collections.abc import Iterator

import pytest

from core.encoders.catalogue import describe
from tests.support.seeded_weights import (
    Seeded,
    pictures,
    reference_features,
    write_weights,
)


@pytest.fixture(scope="module")
def seeded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seeded]:
    """The encoder that a test names as its parameter."""
    description = describe(request.param)
    cache = tmp_path_factory.mktemp("keras")
    weights = cache / "models" / description.weights.file
    weights.parent.mkdir()
    write_weights(description, weights)
    shown = pictures(description.side, seed=2)
    yield Seeded(description, weights, shown, reference_features(description, weights, shown))
    shutil.rmtree(cache)
