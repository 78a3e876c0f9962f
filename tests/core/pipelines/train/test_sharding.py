"""Lists that several workers make: the same as one alone, whatever happens between."""

import io
from dataclasses import replace

import numpy as np
import pytest

from core.cache.worker_registry import WorkerReport
from core.jobs import JobKind
from core.jobs.ledger import LAST
from core.pipelines.sales.erase import delete_sales, erase_user
from core.pipelines.services import Stopped
from core.pipelines.train import generation, sharding
from core.pipelines.train.generation import POPULAR, SUPERSEDED, Generation
from core.pipelines.train.snapshot import Material, read_material, write_material
from core.pipelines.train.train import read_sales, train
from core.recommender.algorithms.als import Factors
from core.recommender.training import train as learn
from core.recommender.visual_similarity import Looks
from tests.support.cached_lists import listed
from tests.support.sales import user
from tests.support.trainable_shop import made, quiet, staged, train_once

pytestmark = pytest.mark.stack

USERS = 80


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(generation, "BLOCK", 15)


@pytest.fixture
def services(services):
    """Three workers are there, and few users are already many."""
    for n in range(3):
        services.presence.tell(f"w{n}", WorkerReport(host="a", queues=("train",)), for_s=60)
    return replace(
        services, recommender=services.recommender.model_copy(update={"shared_from": 50})
    )


def begun(services):
    """A training whose first step is done: its job."""
    claim = services.ledger.claim(services.ledger.waiting(JobKind.TRAIN, "shop").id)
    job = services.ledger.get(claim.job_id)
    services.ledger.commit(claim, train(job, services, quiet))
    return services.ledger.get(job.id)


def ended(services, job, between=lambda step: None):
    """Do all other steps, as whoever comes does; something may happen before each."""
    while claim := services.ledger.claim(job.id):
        between(claim.step)
        if claim.step == LAST:
            outcome = sharding.publish_shared(services.ledger.get(job.id), services)
        else:
            outcome = sharding.make_part(job, claim.step, services, quiet)
        services.ledger.commit(claim, outcome)
    return services.ledger.get(job.id)


def written(services, shop, made):
    """All lists of a generation, as the store has them."""
    folder = services.sales(shop.collection)
    lists = {user: kept for name in folder.blocks(made)
             for user, kept in folder.read_lists(made, name)}  # fmt: skip
    return lists, dict(folder.read_lists(made, POPULAR)), folder.named(made)


def cached(services):
    return [listed(services.lists._redis, "shop", user(n)).lines for n in range(USERS)]


def test_lists_made_in_parts_are_those_that_one_worker_makes(services, shop):
    shared = ended(services, begun(services))
    assert (shared.state, shared.progress.done, shared.progress.total) == ("succeeded", 80, 80)
    assert shared.result["generation"] == shared.id
    theirs, from_cache = written(services, shop, shared.id), cached(services)
    alone, told = train_once(replace(services, recommender=services.recommender.model_copy(
        update={"shared_from": 81})))  # fmt: skip
    assert theirs == written(services, shop, alone)
    assert from_cache == cached(services)
    assert shared.result == told | {"generation": shared.id}


def test_a_job_is_shared_among_the_workers_that_are_there(services, shop):
    job = begun(services)
    steps = []
    ended(services, job, steps.append)
    assert steps == [1, 2, 3, LAST]


def test_a_part_that_is_done_twice_changes_nothing(services, shop):
    job = begun(services)
    done = ended(
        services, job, lambda step: step < LAST and sharding.make_part(job, step, services, quiet)
    )
    assert done.result["generation"] == job.id
    assert len(written(services, shop, job.id)[0]) == USERS


def test_who_was_frozen_till_the_lists_were_in_use_writes_nothing(services, shop):
    job = begun(services)
    sales = read_sales(shop.collection, services)
    late = learn(sales, None, services.recommender)
    ended(services, job)
    erase(services, shop)
    with pytest.raises(Stopped):
        Generation(job.id, shop.collection, services).write_users(late, sales, range(6), quiet)
    assert user(1) not in written(services, shop, job.id)[0]
    assert not listed(services.lists._redis, "shop", user(1)).personal


def test_what_is_published_is_not_published_again(services, shop):
    job = begun(services)
    ended(services, job, lambda step: step == LAST and sharding.publish_shared(job, services))
    recommender = services.sales(shop.collection).recommender()
    assert (recommender.live, recommender.previous) == (job.id, None)


def test_what_the_cache_loses_meanwhile_is_filled_in(services, shop):
    job = begun(services)
    assert ended(services, job, lambda step: step == 3 and services.lists._redis.delete(
        *services.lists._redis.keys("lookalike:lists:*"))).state == "succeeded"  # fmt: skip
    assert len(cached(services)) == USERS
    assert listed(services.lists._redis, "shop", "a stranger").lines


def erase(services, shop):
    upload = staged(services, "erased", user(1).encode())
    return erase_user(made(services, JobKind.ERASE_USER, upload=upload), services, quiet)


def delete(services, shop):
    return delete_sales(made(services, JobKind.DELETE_SALES, upload=shop.second), services, quiet)


@pytest.mark.parametrize("when", [1, 2, LAST])
@pytest.mark.parametrize("change", [erase, delete])
def test_what_is_erased_meanwhile_is_not_learned_and_its_material_is_gone(
    services, shop, change, when
):
    job, folder = begun(services), services.sales(shop.collection)
    left = []

    def between(step):
        if step == when:
            change(services, shop)
            left.append([
                one for one in services.files.tree(shop.collection.folder) if "arrow" in one
            ])

    done = ended(services, job, between)
    assert left == [[]]
    assert (done.state, done.result) == ("succeeded", SUPERSEDED)
    assert (folder.recommender().live, folder.generations()) == (None, [])


def test_sales_erased_before_the_parts_are_handed_out_keep_them_back(services, shop):
    happened = []

    def report():
        if not happened:
            happened.append(erase(services, shop))

    claim = services.ledger.claim(services.ledger.waiting(JobKind.TRAIN, "shop").id)
    outcome = train(services.ledger.get(claim.job_id), services, report)
    assert (outcome.chunks, outcome.result) == (0, SUPERSEDED)
    assert services.sales(shop.collection).generations() == []


def test_a_training_that_another_has_overtaken_ends_in_peace(services, shop):
    job = begun(services)
    folder = services.sales(shop.collection)
    folder.drop_generation(job.id)
    done = ended(services, job)
    assert (done.state, done.result) == ("succeeded", SUPERSEDED)


def test_the_material_does_not_outlive_the_training(services, shop):
    job = ended(services, begun(services))
    assert not [one for one in services.files.tree(shop.collection.folder) if "arrow" in one]
    assert services.sales(shop.collection).recommender().live == job.id


@pytest.mark.parametrize("looks", [None, Looks(["b", "ü"], np.eye(2, 4, dtype=np.float32))])
def test_material_is_read_as_it_was_written(services, shop, looks):
    sales, dice = read_sales(shop.collection, services), np.random.default_rng(1)
    of_users, of_items = (dice.normal(size=(n, 3)).astype("f") for n in (len(sales.users), 9))
    given = Material(sales, looks, {"b", "a\tc"}, {"als": Factors(of_users, of_items)})
    file = io.BytesIO()
    write_material(file, given)
    found = read_material(io.BytesIO(file.getvalue()))
    for name, column in vars(given.sales).items():
        np.testing.assert_array_equal(getattr(found.sales, name), column)
        assert type(getattr(found.sales, name)) is type(column)
    assert found.allowed == {"b", "a\tc"}
    assert list(found.factors) == ["als"]
    np.testing.assert_array_equal(found.factors["als"].of_users, of_users)
    np.testing.assert_array_equal(found.factors["als"].of_items, of_items)
    if looks is None:
        assert found.looks is None
    else:
        assert found.looks.skus == looks.skus
        np.testing.assert_array_equal(found.looks.vectors, looks.vectors)
