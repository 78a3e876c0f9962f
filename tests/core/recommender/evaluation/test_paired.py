import numpy as np
import pytest

from core.recommender.evaluation.paired import is_significant_gain, paired_difference


def test_a_difference_is_clear_if_it_exceeds_two_standard_errors():
    rng = np.random.default_rng(0)
    base = rng.random(400)
    better = base + 0.1 + rng.normal(size=400) * 0.5
    difference = paired_difference(better, base)
    gains = better - base
    assert difference.mean == pytest.approx(gains.sum() / 400)
    assert difference.error == pytest.approx(((gains - gains.mean()) ** 2).mean() ** 0.5 / 20)
    assert difference.is_clear_gain
    assert not difference.is_clear_loss
    assert paired_difference(base, better).is_clear_loss


def test_equal_rankings_differ_by_nothing():
    difference = paired_difference(np.ones(3), np.ones(3))
    assert not difference.is_clear_gain
    assert not difference.is_clear_loss


def test_a_gain_has_to_be_larger_than_its_standard_error():
    steady = np.full(100, 0.01)
    erratic = np.tile([1.0, -0.98], 50)
    assert is_significant_gain(steady, standard_errors=1)
    assert not is_significant_gain(erratic, standard_errors=1)
    assert not is_significant_gain(np.zeros(100), standard_errors=0)
