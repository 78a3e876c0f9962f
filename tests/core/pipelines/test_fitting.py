"""The recipe of a collection is fitted to its images: when, to which, and if it is no worse."""

import time
from dataclasses import asdict, replace

import numpy as np
import pytest

from core.encoders.recipes.fitting import fit
from core.encoders.recipes.layout import layout_of
from core.errors import Conflict
from core.jobs import JobKind, NewJob
from core.pipelines.fitting.attempt import _judge, try_fit
from core.pipelines.fitting.comparison import Comparison, found_first
from core.pipelines.fitting.requests import request_fit
from core.pipelines.fitting.rules import FittingRules
from core.pipelines.fitting.sample import choose_images
from core.pipelines.housekeeping import drop_retired_indexes
from core.pipelines.services import no_heartbeat
from core.pipelines.training_requests import waits_for_data
from core.pipelines.training_schedule import TrainingSchedule
from core.pipelines.verify import verify
from tests.support.fitting_shop import DESCRIPTION, MIN_IMAGES, WEIGHTS, FittingShop
from tests.support.trainable_shop import FIRST, import_rows


@pytest.fixture
def shop(services):
    return FittingShop(services)


def open_fits(shop):
    return shop.services.ledger.open_jobs_of("shop", JobKind.FIT_RECIPE)


def open_trainings(shop):
    return shop.services.ledger.open_jobs_of("shop", JobKind.TRAIN)


def request(shop, **rules):
    """Request a fit; return whether one is queued. Then cancel it."""
    services = replace(shop.services, fitting=FittingRules(MIN_IMAGES, **rules))
    request_fit(shop.collection, shop.items.count()["images"], services)
    jobs = open_fits(shop)
    for job in jobs:
        shop.services.ledger.cancel(job.id)
    return bool(jobs)


def test_a_fit_moves_all_vectors_and_the_collection_says_so(shop):
    shop.add(range(8))
    shop.run(JobKind.REBUILD, recipe="parts-1")
    before = shop.collection
    result = shop.run(JobKind.REBUILD, recipe="fitted-1")
    collection, vectors = shop.collection, shop.vectors()
    assert (before.encoder.recipe, collection.encoder.recipe) == ("parts-1", "fitted-1")
    assert collection.index_name != before.index_name
    assert collection.encoder.statistics == collection.fit.statistics
    assert (result["recipe"], result["fit"]["accepted"]) == ("fitted-1", True)
    assert collection.encoder.colour_weight == result["fit"]["colour_weight"] == 0.22
    assert result["fit"]["sampled"] == collection.fit.images == len(vectors) == 8
    assert collection.fit.same_image_after == result["fit"]["same_image_after"] > 0.5
    assert {vector.size for vector in vectors.values()} == {256 + 112 + 64}
    network = np.stack(list(vectors.values()))[:, layout_of(collection.encoder).slices["network"]]
    assert np.linalg.norm(network.mean(axis=0)) < 0.1 * np.linalg.norm(network[0])


def test_a_fit_requests_a_training_if_it_moves_vectors_and_there_are_sales(shop):
    shop.add(range(8))
    assert shop.run(JobKind.FIT_RECIPE)["fit"]["accepted"]
    assert open_trainings(shop) == []
    import_rows(shop.services, FIRST)
    for job in open_trainings(shop):
        shop.services.ledger.cancel(job.id)
    shop.run(JobKind.FIT_RECIPE)  # which is not due any more
    assert open_trainings(shop) == []
    shop.run(JobKind.REBUILD, recipe="fitted-1")
    assert len(open_trainings(shop)) == 1


def test_an_image_has_the_score_1_with_its_own_vector_after_a_fit(shop):
    shop.add(range(8))
    shop.run(JobKind.REBUILD, recipe="fitted-1")
    for sku, vector in shop.vectors().items():
        (match,) = shop.services.vectors.nearest(shop.collection.index_name, vector, limit=1)
        assert (match.sku, match.score) == (sku, 1.0)


def test_a_fit_needs_enough_different_images(shop):
    shop.add(range(MIN_IMAGES - 1))
    shop.add(range(100, 110), picture=3)
    with pytest.raises(Conflict, match=r"has 5 different images; at least 6 .*FIT_MIN_IMAGES"):
        shop.run(JobKind.REBUILD, recipe="fitted-1")
    result = shop.run(JobKind.REBUILD)
    assert (result["recipe"], result["fit"]["accepted"]) == ("parts-1", False)
    assert "5 different images" in result["refusal"]
    assert not request(shop)  # until it has grown


def test_a_rebuild_fits_if_that_is_due_and_otherwise_keeps_what_was_fitted(shop):
    shop.add(range(8))
    assert shop.run(JobKind.REBUILD)["recipe"] == "fitted-1"
    fitted = shop.collection.encoder
    result = shop.run(JobKind.REBUILD)
    assert "fit" not in result
    assert shop.collection.encoder == fitted
    assert shop.run(JobKind.REBUILD, recipe="parts-1")["recipe"] == "parts-1"
    assert shop.collection.encoder.statistics == ""
    assert not request(shop)  # what was asked for stays


@pytest.mark.parametrize(
    ("kind", "recipe"), [(JobKind.REBUILD, "parts-1"), (JobKind.CHANGE_ENCODER, "fitted-1")]
)
def test_vectors_of_an_earlier_preprocessing_are_built_again_with_a_new_fit(shop, kind, recipe):
    shop.add(range(8))
    shop.run(JobKind.REBUILD, recipe=recipe)
    earlier = replace(shop.collection.encoder, preprocessing="square-0")
    shop.services.collections._update(shop.collection, encoder=earlier)
    args = {"encoder": asdict(DESCRIPTION.identity(WEIGHTS))}
    result = shop.run(kind, **(args if kind is JobKind.CHANGE_ENCODER else {}))
    assert (result["recipe"], result["fit"]["accepted"]) == ("fitted-1", True)
    assert DESCRIPTION.makes(shop.collection.encoder)


def test_a_change_to_the_encoder_that_a_collection_has_by_then_builds_nothing(shop):
    shop.add(range(3))
    before = shop.collection
    result = shop.run(JobKind.CHANGE_ENCODER, encoder=asdict(DESCRIPTION.identity(WEIGHTS)))
    assert result == {"encoder": before.encoder.name, "items": 3, "images": 3}
    assert shop.collection.index_name == before.index_name


def test_a_rebuild_moves_a_collection_from_before_recipes(services):
    shop = FittingShop(services, recipe="network-1")
    shop.add(range(3))
    assert shop.run(JobKind.REBUILD)["recipe"] == "parts-1"
    assert {vector.size for vector in shop.vectors().values()} == {1280 + 112 + 64}


def test_a_fit_is_requested_with_enough_images_and_after_a_fourfold_growth(shop):
    shop.add(range(MIN_IMAGES - 1))
    assert not request(shop)
    shop.add([100])
    assert not request(shop, automatic=False)
    assert request(shop)
    assert shop.run(JobKind.FIT_RECIPE)["fit"]["accepted"]
    first = shop.collection.encoder
    shop.add(range(200, 200 + 3 * MIN_IMAGES - 1))
    shop.run(JobKind.REBUILD)
    assert not request(shop)
    shop.add([300])
    assert request(shop)
    assert shop.run(JobKind.FIT_RECIPE)["fit"]["accepted"]
    assert shop.collection.encoder.statistics != first.statistics
    assert "fit" not in shop.run(JobKind.FIT_RECIPE)


def test_a_collection_with_a_fixed_recipe_is_fitted_only_on_request(services):
    shop = FittingShop(services, fit_automatically=False)
    shop.add(range(MIN_IMAGES))
    assert not request(shop)
    assert shop.run(JobKind.REBUILD)["recipe"] == "parts-1"
    assert shop.run(JobKind.REBUILD, recipe="fitted-1")["recipe"] == "fitted-1"
    shop.add(range(200, 200 + 3 * MIN_IMAGES))
    assert request(shop)  # what was fitted must fit more images, too


def test_a_fit_is_requested_when_the_collection_has_become_different(shop):
    shop.add(range(8))
    shop.run(JobKind.FIT_RECIPE)
    shop.add(range(1000, 1023), picture=1)
    shop.run(JobKind.REBUILD)
    assert shop.items.count()["images"] < 4 * shop.collection.fit.images
    assert request(shop)


def test_requests_share_one_job_which_waits_until_no_job_changes_the_images(shop):
    shop.add(range(MIN_IMAGES))
    services = replace(shop.services, training_schedule=TrainingSchedule(50, 60, fit_quiet_s=0.001))
    request_fit(shop.collection, MIN_IMAGES, services)
    request_fit(shop.collection, MIN_IMAGES, services)
    (job,) = open_fits(shop)
    assert job.is_put_off
    time.sleep(0.01)
    services = replace(services, training_schedule=TrainingSchedule(0, 60, fit_quiet_s=50))
    services.ledger.create(NewJob(kind=JobKind.IMPORT_SALES, collection="shop"))
    assert not waits_for_data(job, services.ledger.open_jobs(), services)
    services.ledger.create(NewJob(kind=JobKind.REBUILD, collection="shop"))
    assert waits_for_data(job, services.ledger.open_jobs(), services)


def test_the_originals_of_distorted_images_are_counted():
    gallery = np.eye(3, dtype=np.float32)
    queries = np.array([[0.9, 0.1, 0], [0.9, 0.1, 0], [0, 0, 1]], dtype=np.float32)
    assert found_first(queries, gallery, np.array([0, 1, 2])).tolist() == [True, False, True]


@pytest.mark.parametrize(("lost", "won", "hurts"), [(5, 0, True), (1, 0, False), (9, 8, False)])
def test_a_recipe_is_refused_if_it_is_worse_by_more_than_chance(lost, won, hurts):
    before = np.ones(900, dtype=bool)
    after = before.copy()
    after[:lost], before[-won or 900 :] = False, False
    assert Comparison(before, after).hurts is hurts


def test_a_refusal_says_by_how_much_the_recipe_is_worse(shop):
    shop.add(range(MIN_IMAGES))
    attempt = try_fit(shop.collection, shop.services, no_heartbeat)
    before, after = np.ones(900, dtype=bool), np.arange(900) >= 90
    statistics = fit({"network": np.eye(4, dtype=np.float32)}, {"network": 2})
    judged = _judge(Comparison(before, after), statistics, attempt.fit)
    assert (judged.statistics, judged.fit.same_image_after) == (b"", 0.9)
    assert "first in 90.0% of 900 tries, the present one in 100.0%" in judged.refusal


def test_the_sample_has_different_images_of_as_many_items_as_possible(shop):
    shop.add(range(10))
    shop.add(range(50, 60), picture=3)
    chosen = choose_images(shop.collection, shop.services)
    assert len(chosen) == len({image.sha256 for image in chosen}) == 10
    assert chosen == choose_images(shop.collection, shop.services)


def test_lost_statistics_are_named_and_a_rebuild_replaces_them(shop):
    shop.add(range(8))
    shop.run(JobKind.REBUILD, recipe="fitted-1")
    collection = shop.collection
    shop.services.statistics(collection).drop_others([])
    with pytest.raises(Conflict, match="lookalike rebuild"):
        shop.open_encoder(collection.encoder)
    job = shop.services.ledger.create(NewJob(kind=JobKind.VERIFY, collection="shop"))
    result = verify(job, shop.services, no_heartbeat).result
    assert result["sound"] is False
    assert f"{collection.encoder.statistics}.npz is missing" in result["statistics"][0]
    assert shop.run(JobKind.REBUILD)["recipe"] == "fitted-1"
    assert verify(job, shop.services, no_heartbeat).result["statistics"] == []


def test_statistics_are_kept_as_long_as_searches_may_read_an_index_made_with_them(shop):
    shop.add(range(8))
    shop.run(JobKind.REBUILD, recipe="fitted-1")
    shop.add(range(100, 110))
    shop.run(JobKind.REBUILD, recipe="fitted-1")
    store = shop.services.statistics(shop.collection)
    drop_retired_indexes(shop.services)
    assert len(store.digests()) == 2
    later = shop.collection.retired_indexes[-1].since.replace(year=2100)
    drop_retired_indexes(shop.services, later)
    drop_retired_indexes(shop.services, later)
    assert store.digests() == [shop.collection.encoder.statistics]
