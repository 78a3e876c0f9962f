"""The catalogue agrees with the installed Keras, and foreign files are refused."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras.src.applications import imagenet_utils
from keras.src.utils import file_utils

from core.encoders.catalogue import ENCODERS, describe
from core.encoders.description import EncoderDescription
from core.encoders.networks.applications import _rescale, load
from core.errors import NotInstalled
from tests.support.seeded_weights import preprocess, sample_images, write_weights

pytestmark = pytest.mark.slow

QUICK = {
    "resnet50", "resnet50v2", "vgg16", "inceptionv3", "xception", "efficientnetb0",
    "efficientnetv2b0",
}  # fmt: skip
"""A network of each module of Keras; the others are built only with `make thorough`."""

every_row = pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row.name, marks=() if row.name in QUICK else pytest.mark.thorough)
        for row in ENCODERS.values()
        if row.kind == "applications"
    ],
)


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., keras.Model]]:
    """Builds networks without values, so that even the largest take no memory."""
    monkeypatch.setattr(keras.Model, "load_weights", lambda *_args: None)

    def build(row: EncoderDescription, **options: object) -> keras.Model:
        with keras.StatelessScope(initialize_variables=False):
            return getattr(keras.applications, row.model)(**options)

    yield build
    keras.backend.clear_session()  # otherwise they get values with the next network


@every_row
def test_file_side_dimension_and_parameters_are_those_of_keras(
    row: EncoderDescription, build: Callable[..., keras.Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    requested = {}

    def get_file(name: str, url: str, *, file_hash: str, **_options: object) -> str:
        requested.update(file=name, url=url, md5=file_hash)
        return "absent.h5"

    def obtain_input_shape(*args: Any, default_size: int, **options: Any) -> Any:
        requested.update(side=default_size)  # the side of the classifier
        return original(*args, default_size=default_size, **options)

    original = imagenet_utils.obtain_input_shape
    monkeypatch.setattr(imagenet_utils, "obtain_input_shape", obtain_input_shape)
    monkeypatch.setattr(file_utils, "get_file", get_file)
    network = build(row, weights="imagenet", include_top=False, pooling="avg")
    file = row.weights
    assert requested == {"file": file.file, "url": file.url, "md5": file.md5, "side": row.side}
    assert network.output_shape == (None, row.dim)
    assert network.count_params() == file.parameters


@every_row
def test_values_are_scaled_as_by_keras(row: EncoderDescription) -> None:
    images = sample_images(64, seed=3)
    scaled = keras.ops.convert_to_numpy(_rescale(images, row.scale))
    np.testing.assert_array_equal(scaled, preprocess(row, images))


@every_row
def test_only_the_first_efficientnets_are_corrected(row: EncoderDescription) -> None:
    module = getattr(keras.applications, row.model).__module__
    assert (row.scale == "efficientnet-1") == module.endswith(".efficientnet")


@pytest.mark.parametrize("length", [1000, 1_000_000])
def test_a_truncated_file_is_refused_and_named(length: int, small: Path, tmp_path: Path) -> None:
    file = tmp_path / "cut.h5"
    file.write_bytes(small.read_bytes()[:length])
    with pytest.raises(NotInstalled, match=r"cut\.h5 does not hold the weights of efficientnetb0"):
        load(describe("efficientnetb0"), file)


@pytest.mark.parametrize("other", ["efficientnetb1", "vgg16"])
def test_a_file_of_another_network_is_refused(other: str, small: Path) -> None:
    with pytest.raises(NotInstalled, match=f"{small.name} does not hold the weights of"):
        load(describe(other), small)


def test_a_file_without_weights_is_refused(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.h5", tmp_path / "text.h5"
    h5py.File(empty, "w").close()
    text.write_text("<html>not found</html>" * 100)
    for file in (empty, text, tmp_path / "absent.h5", tmp_path):
        with pytest.raises(NotInstalled, match=f"{file.name} does not hold the weights"):
            load(describe("vgg16"), file)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    row = describe("efficientnetb0")
    file = tmp_path_factory.mktemp("small") / row.weights.file
    write_weights(row, file)
    return file
