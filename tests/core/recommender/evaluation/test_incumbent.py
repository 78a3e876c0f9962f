"""The live settings beside those newly chosen: asked about the same days, kept if better."""

import json
from functools import lru_cache

import pytest

from core.recommender.ranking.lists import Trained
from core.recommender.training import train
from tests.core.recommender.test_training import SETTINGS, lists, turned_tastes
from tests.support.synthetic_shops import sold, tastes

HITS = {
    "gate": {"published": "model", "why": ""},
    "weights": {"usual": {"popularity": 1.0}, "thin": {"popularity": 1.0}, "cold": 0.0},
    "chosen": [{"family": "popularity", "settings": {"half_life": 30}}],
    "generation": "g-0",
}


@lru_cache
def first() -> Trained:
    return train(tastes().purchases, None, SETTINGS)


def again(live: dict) -> Trained:
    return train(tastes().purchases, None, SETTINGS, live=live)


def stored(report: dict, **changes) -> dict:
    """As the store gives it back."""
    return json.loads(json.dumps(report)) | {"generation": "g-0"} | changes


def test_without_a_live_generation_nothing_is_compared():
    assert "live" not in first().report


def test_the_same_settings_chosen_again_give_the_same_lists():
    found = again(stored(first().report))
    assert found.report["live"] == {
        "kept": False,
        "why": "the same settings were chosen again",
        "generation": "g-0",
    }
    assert lists(found) == lists(first())


def test_live_settings_that_are_no_better_are_told_and_replaced():
    found = again(HITS)
    told, tested = found.report["live"], found.report["test"]
    assert told["kept"] is False
    assert told["ndcg@10"]["chosen"] == tested["blend"]["ndcg@10"]
    assert told["ndcg@10"]["live"] < told["ndcg@10"]["chosen"]
    assert told["users"] == tested["blend"]["users"]
    assert found.report["weights"] == first().report["weights"]
    assert lists(found) == lists(first())


def test_live_settings_that_are_clearly_better_are_kept_and_stay_live():
    messages: list[str] = []
    turned = sold(turned_tastes())
    alone = train(turned, None, SETTINGS).report["test"]
    found = train(turned, None, SETTINGS, messages.append, live=HITS)
    told = found.report["live"]
    assert told["kept"] is True
    assert told["ndcg@10"]["chosen"] == alone["blend"]["ndcg@10"]
    assert told["ndcg@10"]["live"] == found.report["test"]["blend"]["ndcg@10"]
    assert told["ndcg@10"]["live"] > told["ndcg@10"]["chosen"]
    assert any("they are kept" in message for message in messages)
    assert found.report["weights"] == HITS["weights"]
    assert HITS["chosen"][0] in found.report["chosen"]
    next_time = train(turned, None, SETTINGS, live=stored(found.report))
    assert next_time.report["live"]["kept"] is True
    assert lists(next_time) == lists(found)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gate": {"published": "popularity", "why": ""}}, "is popularity"),
        ({"chosen": []}, "counts on popularity"),
        ({"chosen": [{"family": "popularity", "settings": {"half_life": 31}}]}, "popularity"),
        ({"weights": {"usual": {"looks": 1.0}, "thin": {}, "cold": 0.0}}, "counts on looks"),
    ],
)
def test_what_cannot_be_learned_as_it_was_is_not_compared_and_the_report_says_why(changes, words):
    told = again(HITS | changes).report["live"]
    assert words in told["why"]
    assert told["kept"] is False
    assert "ndcg@10" not in told
