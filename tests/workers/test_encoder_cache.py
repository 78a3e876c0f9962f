"""The networks of a worker: which are opened, kept, let go, refused."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from core.encoders.catalogue import ENCODERS, describe
from core.encoders.weights.lookup import Weights
from core.errors import Conflict, NotInstalled
from core.settings import EncoderSettings, Settings
from tests.support.weights import draw
from workers.encoder_cache import Encoders, Pace

pytestmark = pytest.mark.slow

LITE0, OTHER = "efficientnet-lite0", "efficientnetb0"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """One network in memory at most; two have weights."""
    data = tmp_path_factory.mktemp("worker")
    pins = draw(data / "weights", OTHER)
    networks = EncoderSettings(weights=data / "weights", pins=pins, loaded=1)
    return Settings(data=data, encoders=networks)


@pytest.fixture(scope="module")
def identities(settings):
    weights = Weights(settings.weights, settings.encoders.pins)
    return {name: weights.require(describe(name)).identity for name in (LITE0, OTHER)}


def test_the_least_recently_used_network_is_let_go(settings, identities):
    encoders = Encoders(settings)
    first = encoders.of(identities[LITE0])
    assert encoders.of(identities[LITE0]) is first
    encoders.of(identities[OTHER])
    assert encoders.loaded() == (identities[OTHER].weights,)
    assert encoders.of(identities[LITE0]) is not first
    assert encoders.loaded() == (identities[LITE0].weights,)


def test_a_network_in_use_goes_on_after_it_was_let_go(settings, identities):
    encoders = Encoders(settings)
    held = encoders.of(identities[LITE0])
    encoders.of(identities[OTHER])
    assert held.encode(np.zeros((1, 224, 224, 3), np.uint8)).shape == (1, 1280)


def test_many_who_want_a_network_at_once_get_the_same(settings, identities):
    encoders, found = Encoders(settings), []
    threads = [
        threading.Thread(target=lambda: found.append(encoders.of(identities[LITE0])))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(encoder is found[0] for encoder in found)


@pytest.mark.parametrize(
    "change", [{"weights": "0" * 64}, {"preprocessing": "square-0"}, {"dim": 12}]
)
def test_vectors_of_other_weights_or_preprocessing_are_refused(settings, identities, change):
    other = replace(identities[LITE0], **change)
    with pytest.raises(Conflict, match=r"the vectors are of efficientnet-lite0.*must not be mixed"):
        Encoders(settings).of(other)


def test_a_network_without_weights_is_refused_and_the_cure_is_told(settings):
    with pytest.raises(NotInstalled, match="lookalike weights fetch resnet50"):
        Encoders(settings).of(describe("resnet50").identity("0" * 64))


def test_the_report_tells_of_every_network_and_of_the_pace_once_it_is_known(settings, identities):
    encoders = Encoders(settings)
    before = encoders.reports()
    assert set(before) == set(ENCODERS)
    assert (before[LITE0].weights, before["vgg16"].weights) == ("present", "missing")
    assert before[LITE0].sha256 == identities[LITE0].weights
    assert before[LITE0].images_per_second is None
    encoders.of(identities[LITE0]).encode(np.zeros((2, 224, 224, 3), np.uint8))
    assert encoders.reports()[LITE0].images_per_second > 0


def test_the_pace_follows_what_was_lately():
    pace = Pace()
    pace.count(0.1)
    assert pace.images_per_second == 10.0
    for _ in range(50):
        pace.count(0.02)
    assert pace.images_per_second == 50.0
