"""What is served when the cache loses lists or items are deleted meanwhile."""

from datetime import UTC, datetime

import pytest

from core.errors import NotFound, Unavailable
from core.jobs import JobKind, NewJob
from core.pipelines.housekeeping import refill_lost_lists
from core.pipelines.sales.delete import delete_sales
from core.pipelines.services import no_heartbeat
from core.pipelines.train import generation, publish
from core.pipelines.train.train import run_training
from tests.support.cached_lists import read_list
from tests.support.items import delete_item
from tests.support.sales import order_lines, user
from tests.support.trainable_shop import train_once

pytestmark = pytest.mark.stack


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(generation, "BLOCK", 20)


def lose_lists(services):
    """Delete all lists, as a restart of the cache does."""
    redis = services.lists._redis
    if keys := redis.keys("lookalike:lists:*"):
        redis.delete(*keys)


def call_once_written(services, lists, action):
    """A heartbeat that calls `action` once, when the cache has this number of users' lists."""
    redis, calls = services.lists._redis, []

    def heartbeat(stage=None):
        counts = [redis.zcard(key) for key in redis.keys("lookalike:lists:shop:*:users")]
        if not calls and lists in counts:
            calls.append(action())

    return heartbeat


def recommended(services, name):
    cached = read_list(services.lists._redis, "shop", name)
    return None if cached is None else [row.sku for row in cached.rows]


def queued_training(services):
    (training,) = services.ledger.open_jobs_of("shop", JobKind.TRAIN)
    return training


def refill(services, heartbeat=no_heartbeat):
    job = services.ledger.create(NewJob(kind=JobKind.REFILL_LISTS, collection="shop"))
    return publish.refill(job, services, heartbeat)


def count_personal(services):
    """How many of the 80 users have a list of their own."""
    lists = [read_list(services.lists._redis, "shop", user(n)) for n in range(80)]
    return sum(cached is not None and cached.personal for cached in lists)


def test_a_generation_that_the_cache_has_lost_in_part_is_not_served(services, shop):
    job = queued_training(services)
    heartbeat = call_once_written(services, 20, lambda: lose_lists(services))
    with pytest.raises(Unavailable, match="lists"):
        run_training(job, services, heartbeat)
    assert services.generations(shop.collection).recommender().live is None
    assert services.lists.live("shop") is None
    assert run_training(job, services, no_heartbeat).result["generation"] == job.id
    assert count_personal(services) == 80


def test_lists_lost_again_during_a_refill_are_not_served_in_part(services, shop):
    train_once(services)
    lose_lists(services)
    with pytest.raises(Unavailable, match="lists"):
        refill(services, call_once_written(services, 20, lambda: lose_lists(services)))
    assert recommended(services, user(1)) is None
    refill(services)
    assert count_personal(services) == 80


def test_lost_cards_are_refilled_even_if_no_lists_are_published(services, shop):
    services.item_cache.drop("shop")
    assert refill(services).result is None
    assert services.item_cache.live("shop") is not None
    skus = [item.sku for item in services.items(shop.collection).page()[0]]
    assert services.item_cache.known("shop", [*skus, "nope"]) == set(skus)


def test_lists_of_an_interrupted_delivery_are_replaced(services, shop):
    job = queued_training(services)

    def die():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        run_training(job, services, call_once_written(services, 80, die))
    deletion = NewJob(kind=JobKind.DELETE_SALES, collection="shop", args={"upload": shop.second})
    delete_sales(services.ledger.create(deletion), services, no_heartbeat)
    remaining = len({row[0] for row in order_lines()})
    assert run_training(job, services, no_heartbeat).result["users"] == remaining
    assert services.lists.count("shop", job.id) == remaining


def test_a_training_delivered_again_after_it_was_published_changes_nothing(services, shop):
    job_id, result = train_once(services)
    before = services.generations(shop.collection).recommender()
    job = services.ledger.get(job_id)
    again = run_training(job, services, lambda: pytest.fail("it trains again"))
    assert again.result == result
    assert services.generations(shop.collection).recommender() == before
    assert count_personal(services) == 80


def delete_and_hide(services, shop, sku):
    services.lists.hide("shop", sku)
    delete_item(services.items(shop.collection), sku)


def test_an_item_deleted_during_a_training_is_hidden_though_the_cache_forgot_it(services, shop):
    train_once(services)
    first = recommended(services, user(1))[0]

    def delete_first():
        delete_and_hide(services, shop, first)
        services.lists._redis.delete("lookalike:lists:shop:hidden")

    train_once(services, delete_first)
    assert first not in recommended(services, user(1))


def test_a_deleted_item_is_hidden_from_the_previous_generation_too(services, shop):
    before, _ = train_once(services)
    first = recommended(services, user(1))[0]
    delete_and_hide(services, shop, first)
    train_once(services)
    assert first not in recommended(services, user(1))
    services.lists.go_live("shop", before)  # as a rollback does
    assert recommended(services, user(1))
    assert first not in recommended(services, user(1))


def test_an_item_uploaded_again_is_recommended_by_the_next_training(services, shop):
    train_once(services)
    first = recommended(services, user(1))[0]
    item = services.items(shop.collection).get(first)
    delete_and_hide(services, shop, first)
    services.items(shop.collection).put_all([item])
    assert first not in recommended(services, user(1))
    train_once(services)
    assert first in recommended(services, user(1))


def test_each_generation_keeps_the_time_of_its_training(services, shop):
    store = services.generations(shop.collection)
    first, _ = train_once(services)
    training = store.recommender().training
    second, _ = train_once(services)
    recommender = store.recommender()
    assert (recommender.previous, recommender.trainings[first]) == (first, training)
    assert recommender.training == recommender.trainings[second]
    assert recommender.training.at > training.at
    train_once(services)
    assert first not in store.recommender().trainings


def test_a_refill_of_lost_lists_is_requested_once(services, shop):
    assert refill_lost_lists(services) == []
    train_once(services)
    assert refill_lost_lists(services) == []
    lose_lists(services)
    (job,) = refill_lost_lists(services)
    assert services.ledger.get(job).kind is JobKind.REFILL_LISTS
    assert refill_lost_lists(services) == []


@pytest.mark.parametrize(
    "lost", ["", "report.json", "popular.jsonl", "links.jsonl", "users-000001.jsonl"]
)
def test_lists_that_the_store_has_lost_are_replaced_by_a_training(services, shop, lost):
    generation, _ = train_once(services)
    path = f"{shop.collection.folder}/lists/{generation}"
    if lost:
        services.files.delete(f"{path}/{lost}")
    else:
        services.files.delete_tree(path)
    lose_lists(services)
    (job,) = refill_lost_lists(services)
    result = publish.refill(services.ledger.get(job), services, no_heartbeat).result
    services.ledger.cancel(job)
    assert result["generation"] is None
    assert refill_lost_lists(services) == []  # it does not fail again and again
    again, _ = train_once(services)
    assert again == result["training"]
    assert count_personal(services) == 80


def test_while_a_rollback_holds_new_lists_are_kept_but_not_served(services, shop):
    store = services.generations(shop.collection)
    first, _ = train_once(services)
    train_once(services)
    store.put_recommender(store.recommender().roll_back(datetime.now(UTC)))
    services.lists.go_live("shop", first)
    third, result = train_once(services)
    fourth, _ = train_once(services)
    recommender = store.recommender()
    assert (recommender.live, recommender.candidate, result["served"]) == (first, fourth, False)
    assert services.lists.live("shop") == first
    assert store.ids() == sorted({first, fourth})
    assert services.lists.count("shop", fourth) == 80
    assert services.lists.count("shop", third) == 0
    explicit = NewJob(kind=JobKind.TRAIN, collection="shop", args={"ends_rollback": True})
    services.job_queue.submit_once(explicit)
    fifth, result = train_once(services)
    recommender = store.recommender()
    assert (recommender.live, recommender.rolled_back_at, result["served"]) == (fifth, None, True)
    assert services.lists.live("shop") == fifth


def test_a_collection_that_is_being_deleted_gets_no_lists_back(services, shop):
    train_once(services)
    services.lists.withdraw("shop")
    services.collections.mark_deleting("shop")
    assert refill_lost_lists(services) == []
    with pytest.raises(NotFound):
        refill(services)
    assert services.lists.live("shop") is None
