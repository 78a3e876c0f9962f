from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from core.recommender.ranking.blend import Blend
from core.recommender.training_report import BlendWeights
from tests.support.recommenders import FixedScores, make_eligibility

PURCHASES = sparse.csr_matrix([[1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1]])
SCORES = [[9, 8, 7, 6, 5, 4], [9, 8, 7, 6, 5, 4]]


def top(share, length, spare=0, disallowed=()):
    eligibility = make_eligibility(2, 6, disallowed=disallowed)
    eligibility = replace(eligibility, purchases=PURCHASES, max_repurchase_share=share)
    blend = Blend({"fixed": FixedScores(SCORES)}, BlendWeights({"fixed": 1.0}), eligibility)
    items, scores = blend.top(np.array([0, 1]), length, spare)
    return [row[score > -np.inf].tolist() for row, score in zip(items, scores, strict=True)]


@pytest.mark.parametrize(
    ("share", "expected"), [(1, [0, 1, 2, 3]), (0.5, [0, 1, 3, 4]), (0.25, [0, 3, 4, 5])]
)
def test_a_list_has_at_most_a_share_of_earlier_purchases_the_best_of_them(share, expected):
    assert top(share, 4) == [expected, [0, 1, 2, 3]]


def test_without_a_share_earlier_purchases_are_left_out():
    assert top(0, 4) == [[3, 4, 5], [0, 1, 2, 3]]


def test_spare_items_are_new_to_the_customer():
    assert top(0.5, 2, spare=2)[0] == [0, 3, 4, 5]


def test_items_that_are_not_allowed_stay_left_out():
    assert top(0.5, 4, disallowed=[0])[0] == [1, 2, 3, 4]
