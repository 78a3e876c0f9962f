"""Fitting a recipe, compared with the eigenvectors of the covariance computed by hand."""

import numpy as np
import pytest

from core.encoders.encoder import unit_rows
from core.encoders.recipes.fitting import Statistics, fit
from core.errors import Conflict

IMAGES, SIZE, DIM = 60, 20, 6


@pytest.fixture
def features():
    """Unit parts of images that differ more in the first directions than in the last ones."""
    random = np.random.default_rng(7)
    spread = np.linspace(3, 0.1, SIZE)
    rows = 5 + random.standard_normal((IMAGES, SIZE)) * spread
    colour = random.random((IMAGES, 4))
    return {
        name: unit_rows(part.astype(np.float32))
        for name, part in {"network": rows, "colour": colour}.items()
    }


def test_a_fitted_part_has_the_cosines_of_the_projection_by_hand(features):
    rows = features["network"].astype(np.float64)
    centred = rows - rows.mean(0)
    vectors = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :DIM]
    expected = centred @ vectors
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    fitted = fit(features, {"network": DIM}).apply(features)["network"]
    assert fitted.shape == (IMAGES, DIM)
    assert fitted.dtype == np.float32
    assert fitted @ fitted.T == pytest.approx(expected @ expected.T, abs=1e-4)


def test_a_part_without_statistics_stays_as_it_is(features):
    fitted = fit(features, {"network": DIM}).apply(features)
    assert np.array_equal(fitted["colour"], features["colour"])


def test_the_largest_number_of_each_direction_is_positive(features):
    basis = fit(features, {"network": DIM}).parts["network"].basis
    assert all(column[np.abs(column).argmax()] > 0 for column in basis.T)


def test_a_file_gives_back_the_same_statistics_and_equal_ones_have_equal_files(features):
    data = fit(features, {"network": DIM}).to_bytes()
    assert Statistics.from_bytes(data).to_bytes() == data
    assert fit(features, {"network": DIM}).to_bytes() == data
    assert fit(features, {"network": DIM - 1}).to_bytes() != data


@pytest.mark.parametrize("cut", [0, 10, -200])
def test_a_damaged_file_is_refused(features, cut):
    data = fit(features, {"network": DIM}).to_bytes()
    with pytest.raises(Conflict, match="damaged"):
        Statistics.from_bytes(data[:cut])


def test_fewer_images_than_numbers_still_tell_other_images_apart(features):
    few = {name: part[:4] for name, part in features.items()}
    statistics = fit(few, {"network": DIM})
    basis = statistics.parts["network"].basis
    assert basis.T @ basis == pytest.approx(np.eye(DIM), abs=1e-5)
    fitted = statistics.apply(few)["network"]
    rows = unit_rows(few["network"] - few["network"].mean(0))
    assert fitted @ fitted.T == pytest.approx(rows @ rows.T, abs=1e-4)  # nothing is lost
    unseen = few["network"].mean(0) + basis[:, 3:].T  # unlike the four images in all they show
    apart = statistics.apply({"network": unseen})["network"]
    assert apart @ apart.T == pytest.approx(np.eye(DIM - 3), abs=1e-4)


def test_a_part_equal_to_the_mean_has_unit_length():
    same = {"network": unit_rows(np.ones((5, SIZE), np.float32))}
    fitted = fit(same, {"network": DIM}).apply(same)["network"]
    assert np.linalg.norm(fitted, axis=1) == pytest.approx(np.ones(5))
