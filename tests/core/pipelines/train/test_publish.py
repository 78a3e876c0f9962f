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


def lose_lists(rooms):
    """What a restart of the cache does."""
    redis = rooms.lists._redis
    if keys := redis.keys("lookalike:lists:*"):
        redis.delete(*keys)


def once_written(rooms, lists, happening):
    """A report during which something happens once: when the cache has so many users' lists."""
    redis, happened = rooms.lists._redis, []

    def report():
        there = [redis.zcard(key) for key in redis.keys("lookalike:lists:shop:*:users")]
        if not happened and lists in there:
            happened.append(happening())

    return report


def offered(rooms, name):
    found = listed(rooms.lists._redis, "shop", name)
    return None if found is None else [row.sku for row in found.first(100)]


def waiting(rooms):
    return rooms.ledger.get(rooms.ledger.waiting(JobKind.TRAIN, "shop").id)


def refill(rooms, report=quiet):
    job = rooms.ledger.create(NewJob(kind=JobKind.REFILL_LISTS, collection="shop"))
    return publish.refill(job, rooms, report)


def personal(rooms):
    """How many of the customers have a list of their own."""
    found = [listed(rooms.lists._redis, "shop", user(n)) for n in range(80)]
    return sum(one is not None and one.personal for one in found)


def test_a_generation_that_the_cache_has_lost_in_part_is_not_served(rooms, shop):
    job = waiting(rooms)
    with pytest.raises(Unavailable, match="lists"):
        train(job, rooms, once_written(rooms, 20, lambda: lose_lists(rooms)))
    assert rooms.sales(shop.collection).recommender().live is None
    assert rooms.lists.live("shop") is None
    assert train(job, rooms, quiet).result["generation"] == job.id
    assert personal(rooms) == 80


def test_lists_lost_again_while_they_are_filled_in_are_not_served_in_part(rooms, shop):
    train_once(rooms)
    lose_lists(rooms)
    with pytest.raises(Unavailable, match="lists"):
        refill(rooms, once_written(rooms, 20, lambda: lose_lists(rooms)))
    assert offered(rooms, user(1)) is None
    refill(rooms)
    assert personal(rooms) == 80


def test_what_a_delivery_before_has_written_is_not_taken_for_whole(rooms, shop):
    job = waiting(rooms)

    def die():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        train(job, rooms, once_written(rooms, 80, die))
    deletion = NewJob(kind=JobKind.DELETE_SALES, collection="shop", args={"upload": shop.second})
    delete_sales(rooms.ledger.create(deletion), rooms, quiet)
    left = len({row[0] for row in order_lines()})
    assert train(job, rooms, quiet).result["users"] == left
    assert rooms.lists.count("shop", job.id) == left


def test_a_training_delivered_again_after_it_was_published_changes_nothing(rooms, shop):
    job, told = train_once(rooms)
    before = rooms.sales(shop.collection).recommender()
    again = train(rooms.ledger.get(job), rooms, lambda: pytest.fail("it learns again"))
    assert again.result == told
    assert rooms.sales(shop.collection).recommender() == before
    assert personal(rooms) == 80


def delete(rooms, shop, sku):
    rooms.lists.hide("shop", sku)
    rooms.items(shop.collection).remove(sku)


def test_an_item_deleted_during_a_training_is_not_offered_though_the_cache_forgot_it(rooms, shop):
    train_once(rooms)
    first = offered(rooms, user(1))[0]

    def happening():
        delete(rooms, shop, first)
        rooms.lists._redis.delete("lookalike:lists:shop:gone")

    train_once(rooms, happening)
    assert first not in offered(rooms, user(1))


def test_a_deleted_item_stays_away_from_the_generation_before(rooms, shop):
    before, _ = train_once(rooms)
    first = offered(rooms, user(1))[0]
    delete(rooms, shop, first)
    train_once(rooms)
    assert first not in offered(rooms, user(1))
    rooms.lists.go_live("shop", before)  # as a rollback does
    assert offered(rooms, user(1))
    assert first not in offered(rooms, user(1))


def test_an_item_that_came_back_is_offered_by_the_next_training(rooms, shop):
    train_once(rooms)
    first = offered(rooms, user(1))[0]
    item = rooms.items(shop.collection).get(first)
    delete(rooms, shop, first)
    rooms.items(shop.collection).put(item)
    assert first not in offered(rooms, user(1))
    train_once(rooms)
    assert first in offered(rooms, user(1))


def test_each_generation_keeps_the_time_of_its_training(rooms, shop):
    folder = rooms.sales(shop.collection)
    first, _ = train_once(rooms)
    told = folder.recommender().training
    second, _ = train_once(rooms)
    now = folder.recommender()
    assert (now.previous, now.trainings[first]) == (first, told)
    assert now.training == now.trainings[second]
    assert now.training.at > told.at
    train_once(rooms)
    assert first not in folder.recommender().trainings


def test_lists_that_the_cache_has_lost_are_asked_for_once(rooms, shop):
    assert refill_lost(rooms) == []
    train_once(rooms)
    assert refill_lost(rooms) == []
    lose_lists(rooms)
    (job,) = refill_lost(rooms)
    assert rooms.ledger.get(job).kind is JobKind.REFILL_LISTS
    assert refill_lost(rooms) == []
