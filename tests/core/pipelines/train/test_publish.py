"""What is published, when the cache loses lists or items go meanwhile."""

import pytest

from core.errors import Unavailable
from core.jobs import JobKind, NewJob
from core.pipelines.housekeeping import refill_lost
from core.pipelines.sales.erase import delete_sales
from core.pipelines.train import generation, publish
from core.pipelines.train.train import train
from tests.support.cached_lists import listed
from tests.support.sales import order_lines, user
from tests.support.trainable_shop import quiet, train_once

pytestmark = pytest.mark.stack


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(generation, "BLOCK", 20)


def lose_lists(services):
    """What a restart of the cache does."""
    redis = services.lists._redis
    if keys := redis.keys("lookalike:lists:*"):
        redis.delete(*keys)


def once_written(services, lists, happening):
    """A report during which something happens once: when the cache has so many users' lists."""
    redis, happened = services.lists._redis, []

    def report():
        there = [redis.zcard(key) for key in redis.keys("lookalike:lists:shop:*:users")]
        if not happened and lists in there:
            happened.append(happening())

    return report


def offered(services, name):
    found = listed(services.lists._redis, "shop", name)
    return None if found is None else [row.sku for row in found.first(100)]


def waiting(services):
    return services.ledger.get(services.ledger.waiting(JobKind.TRAIN, "shop").id)


def refill(services, report=quiet):
    job = services.ledger.create(NewJob(kind=JobKind.REFILL_LISTS, collection="shop"))
    return publish.refill(job, services, report)


def personal(services):
    """How many of the customers have a list of their own."""
    found = [listed(services.lists._redis, "shop", user(n)) for n in range(80)]
    return sum(one is not None and one.personal for one in found)


def test_a_generation_that_the_cache_has_lost_in_part_is_not_served(services, shop):
    job = waiting(services)
    with pytest.raises(Unavailable, match="lists"):
        train(job, services, once_written(services, 20, lambda: lose_lists(services)))
    assert services.sales(shop.collection).recommender().live is None
    assert services.lists.live("shop") is None
    assert train(job, services, quiet).result["generation"] == job.id
    assert personal(services) == 80


def test_lists_lost_again_while_they_are_filled_in_are_not_served_in_part(services, shop):
    train_once(services)
    lose_lists(services)
    with pytest.raises(Unavailable, match="lists"):
        refill(services, once_written(services, 20, lambda: lose_lists(services)))
    assert offered(services, user(1)) is None
    refill(services)
    assert personal(services) == 80


def test_what_a_delivery_before_has_written_is_not_taken_for_whole(services, shop):
    job = waiting(services)

    def die():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        train(job, services, once_written(services, 80, die))
    deletion = NewJob(kind=JobKind.DELETE_SALES, collection="shop", args={"upload": shop.second})
    delete_sales(services.ledger.create(deletion), services, quiet)
    left = len({row[0] for row in order_lines()})
    assert train(job, services, quiet).result["users"] == left
    assert services.lists.count("shop", job.id) == left


def test_a_training_delivered_again_after_it_was_published_changes_nothing(services, shop):
    job, told = train_once(services)
    before = services.sales(shop.collection).recommender()
    again = train(services.ledger.get(job), services, lambda: pytest.fail("it learns again"))
    assert again.result == told
    assert services.sales(shop.collection).recommender() == before
    assert personal(services) == 80


def delete(services, shop, sku):
    services.lists.hide("shop", sku)
    services.items(shop.collection).remove(sku)


def test_an_item_deleted_during_a_training_is_not_offered_though_the_cache_forgot_it(
    services, shop
):
    train_once(services)
    first = offered(services, user(1))[0]

    def happening():
        delete(services, shop, first)
        services.lists._redis.delete("lookalike:lists:shop:gone")

    train_once(services, happening)
    assert first not in offered(services, user(1))


def test_a_deleted_item_stays_away_from_the_generation_before(services, shop):
    before, _ = train_once(services)
    first = offered(services, user(1))[0]
    delete(services, shop, first)
    train_once(services)
    assert first not in offered(services, user(1))
    services.lists.go_live("shop", before)  # as a rollback does
    assert offered(services, user(1))
    assert first not in offered(services, user(1))


def test_an_item_that_came_back_is_offered_by_the_next_training(services, shop):
    train_once(services)
    first = offered(services, user(1))[0]
    item = services.items(shop.collection).get(first)
    delete(services, shop, first)
    services.items(shop.collection).put(item)
    assert first not in offered(services, user(1))
    train_once(services)
    assert first in offered(services, user(1))


def test_each_generation_keeps_the_time_of_its_training(services, shop):
    folder = services.sales(shop.collection)
    first, _ = train_once(services)
    told = folder.recommender().training
    second, _ = train_once(services)
    now = folder.recommender()
    assert (now.previous, now.trainings[first]) == (first, told)
    assert now.training == now.trainings[second]
    assert now.training.at > told.at
    train_once(services)
    assert first not in folder.recommender().trainings


def test_lists_that_the_cache_has_lost_are_asked_for_once(services, shop):
    assert refill_lost(services) == []
    train_once(services)
    assert refill_lost(services) == []
    lose_lists(services)
    (job,) = refill_lost(services)
    assert services.ledger.get(job).kind is JobKind.REFILL_LISTS
    assert refill_lost(services) == []
