"""Lists built in shards are those of one worker, and interruptions leave nothing half done."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.cache.worker_registry import WorkerReport
from core.jobs import JobKind
from core.jobs.step_ledger import LAST
from core.pipelines.sales.delete import delete_sales
from core.pipelines.sales.erase import erase_user
from core.pipelines.services import StepCancelled, no_heartbeat
from core.pipelines.train import generation, sharding
from core.pipelines.train.generation import SUPERSEDED, Generation
from core.pipelines.train.snapshot import read_snapshot, write_snapshot
from core.pipelines.train.train import LOADING, load_sales, run_training
from core.recommender.algorithms.als import FactorModel
from core.recommender.training import train_recommender
from core.recommender.training_snapshot import TrainingSnapshot
from core.recommender.visual_neighbours import ItemEmbeddings
from tests.support.cached_lists import read_list
from tests.support.sales import user
from tests.support.trainable_shop import create_job, stage_upload, train_once

pytestmark = pytest.mark.stack

USERS = 80


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(generation, "BLOCK", 15)


@pytest.fixture
def services(services):
    """Three workers are registered, and fifty users suffice for shards."""
    for n in range(3):
        services.worker_registry.publish_report(
            f"w{n}", WorkerReport(host="a", kind="train"), for_s=60
        )
    return shard_from(services, 50)


def shard_from(services, users):
    settings = services.recommender.model_copy(update={"shard_from_users": users})
    return replace(services, recommender=settings)


def run_first_step(services, heartbeat=no_heartbeat):
    """Run the training itself; return the job."""
    (training,) = services.ledger.open_jobs_of("shop", JobKind.TRAIN)
    claim = services.ledger.claim(training.id)
    job = services.ledger.get(claim.job_id)
    services.ledger.commit(claim, run_training(job, services, heartbeat))
    return services.ledger.get(job.id)


def run_other_steps(services, job, before=lambda step: None):
    """Run all other steps, as workers do; `before` is called before each."""
    while claim := services.ledger.claim(job.id):
        before(claim.step)
        if claim.step == LAST:
            outcome = sharding.publish_shards(services.ledger.get(job.id), services)
        else:
            outcome = sharding.build_shard(job, claim.step, services, no_heartbeat)
        services.ledger.commit(claim, outcome)
    return services.ledger.get(job.id)


def stored_lists(services, shop, job_id):
    """All lists of a generation in the store."""
    store = services.generations(shop.collection)
    lists = dict(
        row for block in store.user_blocks(job_id) for row in store.read_lists(job_id, block)
    )
    return lists, store.read_popular(job_id), store.listed_skus(job_id)


def cached_list(services, name):
    return read_list(services.lists._redis, "shop", name)


def cached_lists(services):
    return [cached_list(services, user(n)).rows for n in range(USERS)]


def snapshots(services, shop):
    return [path for path in services.files.list_tree(shop.collection.folder) if "arrow" in path]


def skus(rows):
    return [row.sku for row in rows]


def assert_same(lists, others):
    """The last digit of a score depends on the memory's alignment."""
    assert lists.keys() == others.keys()
    for name, stored in lists.items():
        other = others[name]
        assert stored.purchases == other.purchases
        rows, other_rows = stored.recommendations, other.recommendations
        assert [(row.sku, row.reasons) for row in rows] == [
            (row.sku, row.reasons) for row in other_rows
        ]
        assert [row.score for row in rows] == pytest.approx(
            [row.score for row in other_rows], abs=2e-4
        )


def test_lists_built_in_shards_are_those_that_one_worker_builds(services, shop):
    sharded = run_other_steps(services, run_first_step(services))
    assert (sharded.state, sharded.progress.done, sharded.progress.total) == ("succeeded", 80, 80)
    assert sharded.result["generation"] == sharded.id
    stored, cached = stored_lists(services, shop, sharded.id), cached_lists(services)
    single, result = train_once(shard_from(services, 81))
    assert_same(stored[0], stored_lists(services, shop, single)[0])
    assert stored[1:] == stored_lists(services, shop, single)[1:]
    assert [skus(rows) for rows in cached] == [skus(rows) for rows in cached_lists(services)]
    assert sharded.result == result | {"generation": sharded.id}


def test_there_is_a_shard_for_each_worker(services, shop):
    job = run_first_step(services)
    steps = []
    run_other_steps(services, job, steps.append)
    assert steps == [1, 2, 3, LAST]


def test_a_shard_that_is_built_twice_changes_nothing(services, shop):
    job = run_first_step(services)

    def build_again(step):
        if step < LAST:
            sharding.build_shard(job, step, services, no_heartbeat)

    done = run_other_steps(services, job, build_again)
    assert done.result["generation"] == job.id
    assert len(stored_lists(services, shop, job.id)[0]) == USERS


def test_a_worker_that_stalled_until_the_lists_are_live_writes_nothing(services, shop):
    job = run_first_step(services)
    sales, _ = load_sales(shop.collection, services)
    trained = train_recommender(sales, None, services.recommender)
    run_other_steps(services, job)
    erase(services, shop)
    stalled = Generation(job.id, shop.collection, services)
    with pytest.raises(StepCancelled):
        stalled.write_users(trained, sales, range(6), no_heartbeat)
    assert user(1) not in stored_lists(services, shop, job.id)[0]
    assert not cached_list(services, user(1)).personal


def test_a_published_generation_is_not_published_again(services, shop):
    job = run_first_step(services)

    def publish_early(step):
        if step == LAST:
            sharding.publish_shards(job, services)

    run_other_steps(services, job, publish_early)
    recommender = services.generations(shop.collection).recommender()
    assert (recommender.live, recommender.previous) == (job.id, None)


def test_lists_that_the_cache_loses_meanwhile_are_refilled(services, shop):
    job = run_first_step(services)

    def lose_lists(step):
        redis = services.lists._redis
        if step == 3:
            redis.delete(*redis.keys("lookalike:lists:*"))

    assert run_other_steps(services, job, lose_lists).state == "succeeded"
    assert len(cached_lists(services)) == USERS
    assert cached_list(services, "a stranger").rows


def erase(services, shop):
    upload = stage_upload(services, "erased", user(1).encode())
    job = create_job(services, JobKind.ERASE_USER, upload=upload)
    return erase_user(job, services, no_heartbeat)


def delete(services, shop):
    job = create_job(services, JobKind.DELETE_SALES, upload=shop.second)
    return delete_sales(job, services, no_heartbeat)


@pytest.mark.parametrize("when", [1, 2, LAST])
@pytest.mark.parametrize("change", [erase, delete])
def test_sales_erased_meanwhile_are_not_served_and_the_snapshot_is_deleted(
    services, shop, change, when
):
    job, store = run_first_step(services), services.generations(shop.collection)
    remaining = []

    def change_sales(step):
        if step == when:
            change(services, shop)
            remaining.append(snapshots(services, shop))

    done = run_other_steps(services, job, change_sales)
    assert remaining == [[]]
    assert (done.state, done.result) == ("succeeded", SUPERSEDED)
    assert (store.recommender().live, store.ids()) == (None, [])


def test_sales_erased_during_the_training_prevent_the_fan_out(services, shop):
    erasures = []

    def heartbeat(stage=None):
        if not erasures and stage.name != LOADING:
            erasures.append(erase(services, shop))

    (training,) = services.ledger.open_jobs_of("shop", JobKind.TRAIN)
    claim = services.ledger.claim(training.id)
    outcome = run_training(services.ledger.get(claim.job_id), services, heartbeat)
    assert (outcome.chunks, outcome.result) == (0, SUPERSEDED)
    assert services.generations(shop.collection).ids() == []


def test_a_training_whose_generation_was_dropped_still_ends(services, shop):
    job = run_first_step(services)
    services.generations(shop.collection).drop(job.id)
    done = run_other_steps(services, job)
    assert (done.state, done.result) == ("succeeded", SUPERSEDED)


def test_the_snapshot_is_deleted_when_the_training_ends(services, shop):
    job = run_other_steps(services, run_first_step(services))
    assert not snapshots(services, shop)
    assert services.generations(shop.collection).recommender().live == job.id


@pytest.mark.parametrize(
    "embeddings", [None, ItemEmbeddings(["b", "ü"], np.eye(2, 4, dtype=np.float32))]
)
def test_a_snapshot_is_read_as_it_was_written(services, shop, embeddings):
    (sales, _), rng = load_sales(shop.collection, services), np.random.default_rng(1)
    user_factors, item_factors = (
        rng.normal(size=(n, 3)).astype("f") for n in (sales["user"].nunique(), 9)
    )
    factors = {"als": FactorModel(user_factors, item_factors)}
    file = io.BytesIO()
    write_snapshot(file, TrainingSnapshot(sales, embeddings, {"b", "a\tc"}, factors))
    snapshot = read_snapshot(io.BytesIO(file.getvalue()))
    pd.testing.assert_frame_equal(snapshot.sales, sales)
    assert snapshot.allowed == {"b", "a\tc"}
    assert list(snapshot.factors) == ["als"]
    np.testing.assert_array_equal(snapshot.factors["als"].user_factors, user_factors)
    np.testing.assert_array_equal(snapshot.factors["als"].item_factors, item_factors)
    if embeddings is None:
        assert snapshot.embeddings is None
    else:
        assert snapshot.embeddings.skus == embeddings.skus
        np.testing.assert_array_equal(snapshot.embeddings.vectors, embeddings.vectors)
