"""Popularity is published only if it is clearly better; few customers never decide that."""

import numpy as np
import pytest

from core.recommender.evaluation.holdout import RankedLists
from core.recommender.evaluation.holdout_metrics import Measured
from core.recommender.evaluation.publication_gate import decide_publication
from core.recommender.options import RecommenderSettings
from core.recommender.training_report import CandidateResult


def ranked(hits: list[bool]) -> Measured:
    """Lists of users with one relevant item, which is the first (NDCG 1) or missing (NDCG 0)."""
    rows = np.zeros((len(hits), 10), bool)
    rows[:, 0] = hits
    lists = RankedLists(np.zeros(rows.shape, np.intp), rows, np.ones(len(hits), np.int32))
    return Measured(CandidateResult(users=len(hits)), lists)


def decide(model: list[bool], popularity: list[bool], needed: int = 100):
    return decide_publication({"blend": ranked(model), "popularity": ranked(popularity)}, needed)


def test_the_model_is_published_unless_popularity_is_better_by_more_than_chance():
    none = [False] * 100
    assert decide(none, none).published == "model"
    assert decide(none, [True] * 3 + none[3:]).published == "model"
    decision = decide(none, [True] * 10 + none[10:])
    assert decision.published == "popularity"
    assert decision.gain == -0.1
    assert decision.gain_error == pytest.approx(0.03)
    assert decision.reason == (
        "NDCG@10 is 0.0000 for the model and 0.1000 for popularity; the difference is "
        "-0.1000 ± 0.0300: popularity is published"
    )


@pytest.mark.parametrize(("users", "came"), [(99, "99 customers"), (1, "1 customer")])
def test_too_few_customers_do_not_decide(users, came):
    decision = decide([False] * users, [True] * users)
    assert decision.published == "model"
    assert decision.reason == (
        f"too few customers to tell: {came} came back, 100 are needed: the model is published"
    )


def test_if_nobody_came_back_the_model_is_published_and_the_reason_says_so():
    decision = decide_publication({}, 20)
    assert (decision.published, decision.gain) == ("model", None)
    assert decision.reason.startswith("no customer came back")


@pytest.mark.parametrize(("users", "needed"), [(30, 20), (240, 48), (500, 100), (90_000, 100)])
def test_a_fifth_of_a_small_shops_customers_decides_but_no_fewer_than_twenty(users, needed):
    assert RecommenderSettings().users_to_decide(users) == needed
