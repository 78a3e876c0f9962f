"""Few customers never decide whether the model is published."""

import pytest

from core.recommender.candidates import Variant
from core.recommender.evaluation.publication_gate import decide_publication
from core.recommender.options import RecommenderSettings
from core.recommender.ranking.tuning import Choice
from core.recommender.training_report import BlendWeights, CandidateResult, ValidatedCandidate

WEIGHTS = BlendWeights({"ease": 1.0}, {"ease": 1.0})
TRIED = [ValidatedCandidate(family="ease", settings={}, ndcg_at_10=0.2)]


def decide(model, popularity, users, needed):
    variants: dict[str, Variant] = {}
    choice = Choice(variants, WEIGHTS, WEIGHTS, TRIED)
    results = {
        name: CandidateResult(users=users, ndcg_at_10=ndcg)
        for name, ndcg in (("blend", model), ("popularity", popularity))
    }
    return decide_publication(choice, results, needed)


def test_a_model_as_good_as_popularity_is_published_if_enough_customers_came_back():
    assert decide(0.1, 0.1, users=100, needed=100).published == "model"
    assert decide(0.09, 0.1, users=100, needed=100).published == "popularity"


@pytest.mark.parametrize(("model", "popularity"), [(0.0, 0.0), (0.9, 0.1)])
def test_too_few_customers_do_not_decide_and_the_reason_says_what_is_published(model, popularity):
    assert decide(model, popularity, users=99, needed=100).model_dump() == {
        "published": "popularity",
        "reason": (
            "too few customers to decide: 99 customers came back, 100 are needed: "
            "popularity is published"
        ),
    }


def test_one_customer_is_counted_in_the_singular():
    reason = decide(0.0, 0.0, users=1, needed=20).reason
    assert reason.startswith("too few customers to decide: 1 customer came back, 20 are needed")


@pytest.mark.parametrize(("users", "needed"), [(30, 20), (240, 48), (500, 100), (90_000, 100)])
def test_a_fifth_of_a_small_shops_customers_decides_but_no_fewer_than_twenty(users, needed):
    assert RecommenderSettings().users_to_decide(users) == needed
