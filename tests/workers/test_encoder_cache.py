"""The encoder cache of a worker: opening, eviction, refusals, throughput."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from core.encoders import factory
from core.encoders.catalogue import ENCODERS, describe
from core.encoders.onnx.own_encoders import add_own_encoders
from core.encoders.recipes.fitting import fit
from core.encoders.recipes.layout import layout_of
from core.encoders.weights.lookup import WeightsLookup
from core.errors import Conflict, NotInstalled
from core.settings import EncoderSettings, Settings
from core.storage import StatisticsStore, open_backend
from tests.support.onnx_networks import write_own_encoder
from tests.support.text_towers import BAG_OF_WORDS, write_bag_of_words
from tests.support.weights import generate_weights
from workers import encoder_cache, text_towers
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


def open_cache(settings):
    return EncoderCache(settings, open_backend(settings.store))


@pytest.fixture
def opened(monkeypatch):
    """The SHA-256 of the weights of each network opened."""
    digests = []

    def open_network(weights, **options):
        digests.append(weights.sha256)
        return factory.open_network(weights, **options)

    monkeypatch.setattr(encoder_cache, "open_network", open_network)
    return digests


def test_the_least_recently_used_encoder_is_evicted(settings, identities):
    encoders = open_cache(settings)
    encoders.get(identities[LITE0])
    encoders.get(identities[LITE0])
    assert encoders.loaded() == (identities[LITE0].weights,)
    encoders.get(identities[OTHER])
    assert encoders.loaded() == (identities[OTHER].weights,)
    encoders.get(identities[LITE0])
    assert encoders.loaded() == (identities[LITE0].weights,)


def test_encoders_of_a_network_share_it_whatever_their_recipes(settings, identities, opened):
    encoders = open_cache(settings)
    before_recipes = describe(LITE0).identity(identities[LITE0].weights, "network-1")
    image = np.full((1, 224, 224, 3), 90, np.uint8)
    for identity, dim in ((before_recipes, 1280), (identities[LITE0], 1456)):
        assert encoders.get(identity).encode(image).shape == (1, dim)
    assert opened == [before_recipes.weights]


def test_a_fitted_encoder_reads_its_statistics_once_and_says_if_they_are_lost(settings, identities):
    random = np.random.default_rng(1)
    features = {"network": random.random((9, 1280)), "middle": random.random((9, 112))}
    statistics = fit(features, {"network": 256, "middle": 112})
    files = open_backend(settings.store)
    store = StatisticsStore(files, "collections/shop")
    fitted = replace(
        describe(LITE0).identity(identities[LITE0].weights, "fitted-1"),
        statistics=store.write(statistics.to_bytes()),
        colour_weight=0.3,
    )
    encoders, image = open_cache(settings), random.integers(0, 255, (1, 224, 224, 3), np.uint8)
    (vector,) = encoders.get(fitted).encode(image)
    parts = statistics.apply(encoders.get(identities[LITE0]).features(image))
    expected = [
        np.sqrt(share) * parts[name][0] for name, share in layout_of(fitted).weights.items()
    ]
    assert vector == pytest.approx(np.concatenate(expected), abs=1e-6)
    store.drop_others([])
    assert encoders.get(fitted).statistics is not None
    with pytest.raises(Conflict, match=r"restore this file .* or run `lookalike rebuild`"):
        open_cache(settings).get(fitted)


def test_an_encoder_in_use_works_on_after_its_eviction(settings, identities):
    encoders = open_cache(settings)
    encoder = encoders.get(identities[LITE0])
    encoders.get(identities[OTHER])
    assert encoder.encode(np.zeros((1, 224, 224, 3), np.uint8)).shape == (1, 1456)


def test_threads_that_open_an_encoder_at_the_same_time_share_its_network(
    settings, identities, opened
):
    encoders = open_cache(settings)
    threads = [threading.Thread(target=lambda: encoders.get(identities[LITE0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [identities[LITE0].weights]


CHANGE = "restore the original weights, .*`lookalike collections change NAME --encoder efficient"
REBUILD = "with `lookalike rebuild NAME`"


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"weights": "0" * 64}, CHANGE),
        ({"preprocessing": "square-0"}, REBUILD),
        ({"dim": 12}, REBUILD),
    ],
)
def test_vectors_of_other_weights_or_preprocessing_are_refused(
    settings, identities, change, remedy
):
    other = replace(identities[LITE0], **change)
    with pytest.raises(Conflict, match=rf"made by efficientnet-lite0.*not be mixed; .*{remedy}"):
        open_cache(settings).get(other)


def test_vectors_of_ones_own_encoder_are_refused_once_its_description_has_changed(
    settings, tmp_path
):
    write_own_encoder(tmp_path, "mine")
    own = Settings(data=tmp_path, encoders=EncoderSettings(weights_dir=tmp_path))
    weights = WeightsLookup(tmp_path, {})
    encoders = open_cache(own)
    identity = weights.require(describe("mine")).identity
    assert encoders.get(identity).encode(np.zeros((1, 32, 32, 3), np.uint8)).shape == (1, 8 + 64)
    write_own_encoder(tmp_path, "mine", std="[2, 2, 2]")
    with pytest.raises(Conflict, match=r"made by mine .*must not be mixed"):
        open_cache(own).get(identity)
    open_cache(settings)  # the catalogue without this encoder


@pytest.fixture
def own_identities(tmp_path):
    """Encoders of one's own, with text towers."""
    for name in ("mine", "yours"):
        write_own_encoder(tmp_path, name, text=BAG_OF_WORDS)
        write_bag_of_words(tmp_path, name, {"red": np.ones(8, np.float32)})
    add_own_encoders(tmp_path)
    weights = WeightsLookup(tmp_path, {})
    yield {name: weights.require(describe(name)).identity for name in ("mine", "yours")}
    add_own_encoders(tmp_path / "missing")


@pytest.fixture
def opened_towers(monkeypatch):
    """The file of each text tower that was opened, or tried."""
    files = []

    def open_text_tower(tower, **options):
        files.append(tower.network.name)
        return factory.open_text_tower(tower, **options)

    monkeypatch.setattr(text_towers, "open_text_tower", open_text_tower)
    return files


def test_a_text_tower_that_cannot_be_opened_is_tried_again_once_its_file_has_changed(
    tmp_path, own_identities, opened_towers
):
    tokenizer = tmp_path / "mine.tokenizer.json"
    sound = tokenizer.read_bytes()
    tokenizer.write_text("{}")
    encoders = open_cache(Settings(data=tmp_path, encoders=EncoderSettings(weights_dir=tmp_path)))
    for _ in range(2):
        with pytest.raises(NotInstalled, match="is not the file of a tokenizer"):
            encoders.text_tower(own_identities["mine"])
    assert opened_towers == ["mine.text.onnx"]
    tokenizer.write_bytes(sound)
    assert encoders.text_tower(own_identities["mine"]).run(["red"]).shape == (1, 8)


def test_text_towers_are_preloaded_even_if_another_is_broken(
    tmp_path, own_identities, opened_towers
):
    (tmp_path / "mine.tokenizer.json").write_text("{}")
    encoders = open_cache(Settings(data=tmp_path, encoders=EncoderSettings(weights_dir=tmp_path)))
    encoders.preload_text_towers(own_identities.values())
    encoders.text_tower(own_identities["yours"])
    assert opened_towers == ["mine.text.onnx", "yours.text.onnx"]


def test_missing_weights_raise_an_error_that_says_how_to_get_them(settings):
    with pytest.raises(NotInstalled, match="lookalike weights fetch resnet50"):
        open_cache(settings).get(describe("resnet50").identity("0" * 64))


def test_the_report_has_every_encoder_and_its_throughput_once_it_has_run(settings, identities):
    encoders = open_cache(settings)
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
