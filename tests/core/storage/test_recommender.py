"""Which generations are served and kept, through publications and rollbacks."""

import itertools
from datetime import UTC, datetime

import pytest

from core.errors import Conflict
from core.storage import Recommender
from core.storage.recommender import Training

NOW = datetime(2026, 1, 5, tzinfo=UTC)
TRAINING = Training(at=NOW, fingerprint="")


def served(recommender):
    return recommender.live, recommender.previous, recommender.candidate


def publish(*generations):
    recommender = Recommender()
    for generation in generations:
        recommender = recommender.publish(generation, TRAINING)
    return recommender


def test_the_live_and_the_previous_generation_are_kept():
    recommender = publish("1", "2", "3")
    assert served(recommender) == ("3", "2", None)
    assert set(recommender.trainings) == recommender.generations == {"2", "3"}


def test_a_rollback_holds_while_new_generations_become_the_candidate():
    recommender = publish("1", "2").roll_back(NOW)
    assert served(recommender) == ("1", None, "2")
    recommender = recommender.keep("3", TRAINING).keep("4", TRAINING)
    assert (served(recommender), recommender.rolled_back_at) == (("1", None, "4"), NOW)
    assert set(recommender.trainings) == {"1", "4"}


def test_the_end_of_a_rollback_serves_the_candidate():
    recommender = publish("1", "2").roll_back(NOW).keep("3", TRAINING).end_rollback()
    assert (served(recommender), recommender.rolled_back_at) == (("3", "1", None), None)


def test_a_refusal_changes_nothing_and_ends_with_the_next_generation():
    recommender = publish("1", "2").roll_back(NOW)
    refused = recommender.refuse("no dates")
    assert refused == recommender.model_copy(update={"refusal": "no dates"})
    assert refused.keep("3", TRAINING).refusal is None
    assert refused.publish("3", TRAINING).refusal is None
    assert refused.end_rollback().refusal == "no dates"


def test_a_publication_ends_a_rollback():
    recommender = publish("1", "2").roll_back(NOW).publish("3", TRAINING)
    assert (served(recommender), recommender.rolled_back_at) == (("3", "1", None), None)


def test_without_an_older_generation_or_a_rollback_nothing_changes():
    for recommender in (publish(), publish("1"), publish("1", "2").roll_back(NOW)):
        with pytest.raises(Conflict, match="no previous"):
            recommender.roll_back(NOW)
    with pytest.raises(Conflict, match="no rollback"):
        publish("1", "2").end_rollback()


def test_lost_lists_end_a_rollback_so_that_the_next_training_is_published():
    recommender = publish("1", "2").roll_back(NOW).lose_live()
    assert (served(recommender), recommender.rolled_back_at) == ((None, "2", None), None)


def test_a_rollback_never_goes_forward_whatever_happened_before():
    actions = {
        "publish": lambda recommender, name: recommender.publish(name, TRAINING),
        "keep": lambda recommender, name: recommender.keep(name, TRAINING),
        "roll back": lambda recommender, _: recommender.roll_back(NOW),
        "end": lambda recommender, _: recommender.end_rollback(),
        "lose": lambda recommender, _: recommender.lose_live(),
    }
    for names in itertools.product(actions, repeat=5):
        recommender = Recommender()
        for number, name in enumerate(names):
            if name == "keep" and recommender.rolled_back_at is None:
                break  # only while a rollback holds
            before = recommender
            try:
                recommender = actions[name](before, str(number))
            except Conflict:
                continue
            assert set(recommender.trainings) == recommender.generations, names
            if name == "roll back" and before.live:
                assert recommender.live < before.live, names
