"""The live settings against the new choice: compared on the same hold-out, kept if better."""

from dataclasses import replace
from functools import lru_cache

import pytest

from core.recommender.choosing.chooser import Chooser
from core.recommender.evaluation.incumbent import Live
from core.recommender.ranking.lists import TrainedRecommender
from core.recommender.training import train_recommender
from core.recommender.training_report import BlendWeights, TrainingReport
from tests.support.recommenders import SETTINGS, lists_by_user
from tests.support.synthetic_shops import taste_shop

BEST_SELLERS = {
    "decision": {"published": "model"},
    "weights": {"algorithms": {"popularity": 1.0}, "cold": 0.0},
    "chosen": [{"family": "popularity", "settings": {"half_life": 30}}],
}


@lru_cache
def first_training() -> TrainedRecommender:
    return train_recommender(taste_shop().purchases, None, SETTINGS)


def train_after(live: Live) -> TrainedRecommender:
    return train_recommender(taste_shop().purchases, None, SETTINGS, live=live)


def stored(report: TrainingReport) -> Live:
    return Live("g-0", TrainingReport.model_validate_json(report.model_dump_json()))


def best_sellers(**changes) -> Live:
    return Live("g-0", TrainingReport.model_validate(BEST_SELLERS | changes))


def test_without_a_live_generation_nothing_is_compared():
    assert first_training().report.incumbent is None


def test_the_same_settings_chosen_again_give_the_same_lists():
    trained = train_after(stored(first_training().report))
    assert trained.report.incumbent.model_dump(exclude_defaults=True) == {
        "generation": "g-0",
        "reason": "the same settings were chosen again",
    }
    assert lists_by_user(trained) == lists_by_user(first_training())


@pytest.mark.slow
def test_live_settings_that_are_no_better_are_reported_and_replaced():
    report = train_after(best_sellers()).report
    comparison, blend = report.incumbent, report.holdout["blend"]
    assert not comparison.incumbent_won
    assert comparison.challenger_ndcg_at_10 == pytest.approx(blend.ndcg_at_10, rel=0.05)
    assert comparison.incumbent_ndcg_at_10 < comparison.challenger_ndcg_at_10
    assert comparison.users == blend.users
    assert report.weights == first_training().report.weights
    assert lists_by_user(train_after(best_sellers())) == lists_by_user(first_training())


@pytest.mark.slow
def test_live_settings_that_are_clearly_better_are_kept_and_stay_live(monkeypatch):
    live = stored(first_training().report)
    only_new_items = BlendWeights({"novelty": 1.0})
    choose = Chooser.choose
    monkeypatch.setattr(
        Chooser,
        "choose",
        lambda self, *args: replace(choose(self, *args), weights=only_new_items),
    )
    messages: list[str] = []
    purchases = taste_shop().purchases
    trained = train_recommender(
        purchases, None, SETTINGS, lambda _, message: messages.append(message), live=live
    )
    comparison = trained.report.incumbent
    assert comparison.incumbent_won
    assert comparison.incumbent_ndcg_at_10 > comparison.challenger_ndcg_at_10
    assert any("the live settings are kept" in message for message in messages)
    assert trained.report.weights == live.report.weights
    next_time = train_recommender(purchases, None, SETTINGS, live=stored(trained.report))
    assert next_time.report.incumbent.incumbent_won
    assert lists_by_user(next_time) == lists_by_user(trained)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"decision": {"published": "popularity"}}, "is popularity"),
        ({"chosen": []}, "uses popularity"),
        ({"chosen": [{"family": "popularity", "settings": {"half_life": 31}}]}, "popularity"),
        ({"weights": {"algorithms": {"visual": 1.0}}}, "uses visual"),
    ],
)
def test_settings_that_cannot_be_fitted_are_not_compared_and_the_report_says_why(changes, words):
    comparison = train_after(best_sellers(**changes)).report.incumbent
    assert words in comparison.reason
    assert not comparison.incumbent_won
    assert comparison.incumbent_ndcg_at_10 is None
