"""Our networks of keras.applications compute the same features as Keras itself with the same file.

The same comparison detects every mistake that is easily made.
"""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from core.encoders.description import Scale
from core.encoders.encoder import unit_rows
from core.encoders.networks.applications import load
from core.encoders.openvino import OpenVinoNetwork
from core.encoders.tensorflow import TensorFlowNetwork
from core.encoders.weights.lookup import ResolvedWeights
from tests.support.seeded_weights import Seeded

pytestmark = pytest.mark.slow

FAMILIES = ("resnet50", "resnet50v2", "efficientnetb0", "efficientnetv2b0")
"""One network for each way of scaling pixel values."""
SIBLINGS = ("vgg16", "inceptionv3", "xception", "efficientnetb1", "efficientnetv2s")
THOROUGH = pytest.mark.thorough


def networks(*names: str, thorough: Iterable[str]) -> pytest.MarkDecorator:
    """These, and with `make thorough` further ones."""
    further = [pytest.param(name, marks=THOROUGH) for name in thorough if name not in names]
    return pytest.mark.parametrize("seeded", [*names, *further], indirect=True)


every_family = networks(*FAMILIES, thorough=SIBLINGS)
Features = NDArray[np.float32]


def differences(features: Features, seeded: Seeded) -> NDArray[np.float64]:
    """The largest difference per image: (4,); two images have high contrast, two low."""
    return np.abs(features.astype(np.float64) - seeded.features).max(axis=1)


def unit_vectors(seeded: Seeded) -> NDArray[np.float64]:
    features = seeded.features.astype(np.float64)
    return features / np.linalg.norm(features, axis=1, keepdims=True)


@every_family
def test_the_reference_is_of_order_one_and_tells_images_apart(seeded: Seeded) -> None:
    strong, weak = seeded.features[:2], seeded.features[2:]
    assert 0.1 < seeded.features.std(axis=1).min() <= seeded.features.std(axis=1).max() < 3
    assert np.abs(strong[0] - strong[1]).max() > 0.1
    assert np.abs(weak[0] - weak[1]).max() > 1e-3


@every_family
def test_features_are_those_of_keras(seeded: Seeded) -> None:
    features = load(seeded.description, seeded.weights)(seeded.images).numpy()
    assert features.dtype == np.float32
    assert differences(features, seeded).max() <= 1e-4


@networks("resnet50", thorough=(*FAMILIES, *SIBLINGS))
def test_vectors_by_openvino_are_those_of_keras(seeded: Seeded, tmp_path: Path) -> None:
    weights = ResolvedWeights(seeded.description, seeded.weights, "0" * 64)
    network = OpenVinoNetwork(weights, folder=tmp_path, precision="f32", streams=1)
    vectors = unit_rows(network.run(seeded.images))
    shutil.rmtree(tmp_path)  # large
    assert np.abs(vectors - unit_vectors(seeded)).max() <= 2e-5


@pytest.mark.parametrize("seeded", FAMILIES[:2], indirect=True)
def test_vectors_by_tensorflow_are_those_of_keras(seeded: Seeded) -> None:
    weights = ResolvedWeights(seeded.description, seeded.weights, "0" * 64)
    vectors = unit_rows(TensorFlowNetwork(weights, batch_size=3).run(seeded.images))
    assert np.abs(vectors - unit_vectors(seeded)).max() <= 2e-5


Mistake = Callable[[Seeded], Features]


def scaled_as(scale: Scale) -> Mistake:
    """Scaled for another family; "none-1" omits the correction of EfficientNets."""

    def features(seeded: Seeded) -> Features:
        description = replace(seeded.description, scale=scale)
        return load(description, seeded.weights)(seeded.images).numpy()

    return features


def channels_swapped(seeded: Seeded) -> Features:
    return load(seeded.description, seeded.weights)(seeded.images[..., ::-1]).numpy()


def normalised_with(epsilon: float) -> Mistake:
    def features(seeded: Seeded) -> Features:
        model = load(seeded.description, seeded.weights)
        for layer in model.layers[-1].layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.epsilon = epsilon
        return model(seeded.images).numpy()

    return features


def padded(name: str, padding: tuple[int, int]) -> Mistake:
    """Other padding before a convolution of stride 2; TensorFlow's `same` is (0, 1) or (2, 3)."""

    def features(seeded: Seeded) -> Features:
        model = load(seeded.description, seeded.weights)
        model.layers[-1].get_layer(name).padding = (padding, padding)
        return model(seeded.images).numpy()

    return features


def max_pooled(seeded: Seeded) -> Features:
    model = load(seeded.description, seeded.weights)
    network = model.layers[-1]
    pooled = keras.layers.GlobalMaxPooling2D()(network.layers[-1].input)
    features = keras.Model(network.input, pooled)(model.layers[-2].output)
    return keras.Model(model.input, features)(seeded.images).numpy()


MISTAKES: dict[str, dict[str, Mistake]] = {
    "efficientnetb0": {
        "not corrected": scaled_as("none-1"),
        "scaled for tf": scaled_as("tf-1"),
        "channels swapped": channels_swapped,
        "epsilon of ResNet": normalised_with(1.001e-5),
        "padded on both sides": padded("stem_conv_pad", (1, 1)),
        "max pooling": max_pooled,
    },
    "resnet50": {
        "scaled for tf": scaled_as("tf-1"),
        "not scaled": scaled_as("none-1"),
        "channels in order of RGB": channels_swapped,
        "epsilon of Keras": normalised_with(1e-3),
        "padded as `same`": padded("conv1_pad", (2, 3)),
        "pool padded as `same`": padded("pool1_pad", (0, 1)),
        "max pooling": max_pooled,
    },
    "resnet50v2": {
        "scaled for caffe": scaled_as("caffe-1"),
        "not scaled": scaled_as("none-1"),
        "epsilon of Keras": normalised_with(1e-3),
        "padded as `same`": padded("conv2_block3_2_pad", (0, 1)),
    },
    "vgg16": {
        "scaled for tf": scaled_as("tf-1"),
        "channels in order of RGB": channels_swapped,
        "max pooling": max_pooled,
    },
    "inceptionv3": {
        "scaled for caffe": scaled_as("caffe-1"),
        "epsilon of ResNet": normalised_with(1.001e-5),
    },
    "xception": {
        "scaled for caffe": scaled_as("caffe-1"),
        "epsilon of ResNet": normalised_with(1.001e-5),
    },
    "efficientnetv2b0": {
        "scaled for tf": scaled_as("tf-1"),
        "epsilon of ResNet": normalised_with(1.001e-5),
    },
}


@networks(thorough=MISTAKES)
def test_every_mistake_is_detected(seeded: Seeded) -> None:
    for name, mistake in MISTAKES[seeded.description.name].items():
        assert differences(mistake(seeded), seeded).max() > 1e-3, name
