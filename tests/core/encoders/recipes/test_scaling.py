"""Queries in which colour has another weight, compared with the formula."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.encoders.recipes.layout import Layout, Part
from core.encoders.recipes.scaling import part_cosines, scale_query
from core.errors import InvalidInput

LAYOUT = Layout((Part("network", 8, 0.75), Part("middle", 4, 0.15), Part("colour", 3, 0.1)))


def unit(rng: np.random.Generator, dim: int) -> NDArray[np.float32]:
    rows = rng.normal(size=(5, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def parts() -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(1)
    return [unit(rng, part.dim) for part in LAYOUT.parts]


@pytest.fixture
def vectors(parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    weighted = [np.sqrt(row.weight) * part for row, part in zip(LAYOUT.parts, parts, strict=True)]
    return np.concatenate(weighted, axis=1).astype(np.float32)


@pytest.mark.parametrize("colour", [0.0, 0.1, 0.4, 1.0])
def test_a_scaled_query_weighs_colour_as_asked(
    colour: float, parts: list[NDArray[np.float32]], vectors: NDArray[np.float32]
) -> None:
    network, middle, colours = (part @ part.T for part in parts)
    expected = (1 - colour) * (0.75 * network + 0.15 * middle) / 0.9 + colour * colours
    scores = scale_query(vectors, LAYOUT, colour) @ vectors.T
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    np.testing.assert_allclose(np.diag(scores), 1, atol=1e-6)


def test_without_a_weight_the_query_is_unchanged(vectors: NDArray[np.float32]) -> None:
    assert scale_query(vectors, LAYOUT, None) is vectors


def test_vectors_without_a_part_for_colour_are_refused(vectors: NDArray[np.float32]) -> None:
    with pytest.raises(InvalidInput, match="rebuild"):
        scale_query(vectors[:, :8], Layout((Part("network", 8, 1.0),)), 0.5)


def test_the_cosine_of_each_part_is_known(
    parts: list[NDArray[np.float32]], vectors: NDArray[np.float32]
) -> None:
    cosines = part_cosines(vectors[:1], vectors, LAYOUT)
    for row, part in zip(LAYOUT.parts, parts, strict=True):
        np.testing.assert_allclose(cosines[row.name], part @ part[0], atol=1e-6)
