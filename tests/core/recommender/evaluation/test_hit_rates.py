"""Hit rates and their errors, against figures worked out by hand."""

import math

import numpy as np
import pytest

from core.recommender.evaluation.hit_rates import compare_hits, estimate_hit_rate, wilson_interval
from core.recommender.evaluation.holdout import RankedLists


def lists(*ranks):
    """One user for each rank, from 1, of the only hit; None is a user without a hit."""
    hits = np.zeros((len(ranks), 20), bool)
    for row, rank in enumerate(ranks):
        if rank is not None:
            hits[row, rank - 1] = True
    return RankedLists(np.zeros(hits.shape, np.intp), hits, np.ones(len(ranks), np.int32))


def test_a_hit_counts_up_to_the_tenth_item():
    rate, error = estimate_hit_rate(lists(1, 10, 11, None))
    assert rate == 0.5
    assert error == pytest.approx(0.5 / math.sqrt(4))


def test_the_error_of_the_difference_is_paired():
    """Both rankings hit for 3 of 6 users, for 2 of them together: differences 0 0 1 -1 0 0."""
    comparison = compare_hits(lists(1, 2, 3, None, None, None), lists(4, 5, None, 6, 15, None))
    assert (comparison.customers, comparison.model, comparison.popularity) == (6, 0.5, 0.5)
    assert comparison.difference_standard_error == pytest.approx(math.sqrt(2 / 6 / 6), abs=1e-5)
    assert not comparison.is_clear


@pytest.mark.parametrize(("only_model", "is_clear"), [(0, False), (5, False), (6, True)])
def test_a_difference_is_clear_if_chance_has_less_than_five_percent(only_model, is_clear):
    """The exact test needs six users who differ in the same direction: 2 * 0.5**6 = 0.03."""
    same = [1] * 30
    model = lists(*same, *[1] * only_model)
    popularity = lists(*same, *[None] * only_model)
    assert compare_hits(model, popularity).is_clear == is_clear


def test_the_interval_agrees_with_published_figures():
    """Newcombe (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    published = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605),
                 (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}  # fmt: skip
    for (hits, users), interval in published.items():
        assert wilson_interval(hits / users, users) == pytest.approx(interval, abs=5e-5)
