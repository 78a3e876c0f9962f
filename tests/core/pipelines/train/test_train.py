"""What a training does with sales that go while it learns."""

import pytest

from core.jobs import JobKind
from core.pipelines.sales.erase import delete_sales, erase_user
from tests.support.cached_lists import listed
from tests.support.sales import order_lines, user
from tests.support.trainable_shop import add, made, quiet, train_once

pytestmark = pytest.mark.stack

NEW = user(79)  # only in the second file


def delete_second(rooms, shop):
    job = made(rooms, JobKind.DELETE_SALES, upload=shop.second)
    return delete_sales(job, rooms, quiet)


def erase_new(rooms, shop):
    with rooms.uploads.receive("erased") as writer:
        writer.write(NEW.encode())
    return erase_user(made(rooms, JobKind.ERASE_USER, upload="erased"), rooms, quiet)


def overtaken(rooms, change):
    """Train, and something happens once it has read the sales: what came of that, too."""
    came = []
    return *train_once(rooms, lambda: came.append(change())), came[0]


@pytest.mark.parametrize("change", [delete_second, erase_new])
def test_a_deletion_that_overtakes_a_training_keeps_it_from_being_published(rooms, shop, change):
    job, result, deletion = overtaken(rooms, lambda: change(rooms, shop))
    assert result == {"generation": None, "superseded": True}
    folder = rooms.sales(shop.collection)
    assert (folder.recommender().live, folder.generations()) == (None, [])
    assert listed(rooms.lists._redis, "shop", NEW) is None
    following, _ = train_once(rooms)
    assert following == deletion.result["training"] != job
    assert folder.recommender().live == following
    assert listed(rooms.lists._redis, "shop", user(1)).personal
    assert not listed(rooms.lists._redis, "shop", NEW).personal


def test_a_deletion_that_overtakes_a_training_leaves_the_lists_before_in_use(rooms, shop):
    before, _ = train_once(rooms)
    add(rooms, order_lines(users=10, seed=3))
    overtaken(rooms, lambda: delete_second(rooms, shop))
    folder = rooms.sales(shop.collection)
    assert (folder.recommender().live, folder.generations()) == (before, [before])
    assert rooms.lists.live("shop") == before


def test_sales_that_come_during_a_training_do_not_keep_it_from_being_published(rooms, shop):
    job, _, _ = overtaken(rooms, lambda: add(rooms, order_lines(users=10, seed=3)))
    assert rooms.sales(shop.collection).recommender().live == job


def test_an_erasure_leaves_files_without_the_customer_known(rooms, shop):
    erase_new(rooms, shop)
    digests = {one.id: one.digest for one in rooms.sales(shop.collection).uploads()}
    assert digests[shop.first]
    assert digests[shop.second] == ""
