"""The encoder cache of a worker: opening, eviction, refusals, throughput."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from core.encoders.catalogue import ENCODERS, describe
from core.encoders.weights.lookup import WeightsLookup
from core.errors import Conflict, NotInstalled
from core.settings import EncoderSettings, Settings
from tests.support.weights import generate_weights
from workers.encoder_cache import EncoderCache, ThroughputMeter

pytestmark = pytest.mark.slow

LITE0, OTHER = "efficientnet-lite0", "efficientnetb0"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """At most one encoder in memory; two have weights."""
    data = tmp_path_factory.mktemp("worker")
    digests = generate_weights(data / "weights", OTHER)
    encoders = EncoderSettings(weights_dir=data / "weights", weights_sha256=digests, max_loaded=1)
    return Settings(data=data, encoders=encoders)


@pytest.fixture(scope="module")
def identities(settings):
    weights = WeightsLookup(settings.weights, settings.encoders.weights_sha256)
    return {name: weights.require(describe(name)).identity for name in (LITE0, OTHER)}


def test_the_least_recently_used_encoder_is_evicted(settings, identities):
    encoders = EncoderCache(settings)
    first = encoders.get(identities[LITE0])
    assert encoders.get(identities[LITE0]) is first
    encoders.get(identities[OTHER])
    assert encoders.loaded() == (identities[OTHER].weights,)
    assert encoders.get(identities[LITE0]) is not first
    assert encoders.loaded() == (identities[LITE0].weights,)


def test_an_encoder_in_use_works_on_after_its_eviction(settings, identities):
    encoders = EncoderCache(settings)
    encoder = encoders.get(identities[LITE0])
    encoders.get(identities[OTHER])
    assert encoder.encode(np.zeros((1, 224, 224, 3), np.uint8)).shape == (1, 1280)


def test_threads_that_open_an_encoder_at_the_same_time_share_it(settings, identities):
    encoders, opened = EncoderCache(settings), []
    threads = [
        threading.Thread(target=lambda: opened.append(encoders.get(identities[LITE0])))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    assert all(encoder is opened[0] for encoder in opened)


@pytest.mark.parametrize(
    "change", [{"weights": "0" * 64}, {"preprocessing": "square-0"}, {"dim": 12}]
)
def test_vectors_of_other_weights_or_preprocessing_are_refused(settings, identities, change):
    other = replace(identities[LITE0], **change)
    with pytest.raises(Conflict, match=r"made by efficientnet-lite0.*must not be mixed"):
        EncoderCache(settings).get(other)


def test_missing_weights_raise_an_error_that_says_how_to_get_them(settings):
    with pytest.raises(NotInstalled, match="lookalike weights fetch resnet50"):
        EncoderCache(settings).get(describe("resnet50").identity("0" * 64))


def test_the_report_has_every_encoder_and_its_throughput_once_it_has_run(settings, identities):
    encoders = EncoderCache(settings)
    before = encoders.reports()
    assert set(before) == set(ENCODERS)
    assert (before[LITE0].weights, before["vgg16"].weights) == ("present", "missing")
    assert before[LITE0].sha256 == identities[LITE0].weights
    assert before[LITE0].images_per_second is None
    encoders.get(identities[LITE0]).encode(np.zeros((2, 224, 224, 3), np.uint8))
    assert encoders.reports()[LITE0].images_per_second > 0


def test_the_throughput_follows_the_latest_calls():
    meter = ThroughputMeter()
    meter.record(0.1)
    assert meter.images_per_second == 10.0
    for _ in range(50):
        meter.record(0.02)
    assert meter.images_per_second == 50.0
