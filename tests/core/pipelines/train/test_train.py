"""What a training does with sales that go while it learns."""

import pytest

from core.jobs import JobKind
from core.pipelines.sales.erase import delete_sales, erase_user
from tests.support.cached_lists import listed
from tests.support.sales import order_lines, user
from tests.support.trainable_shop import add, made, quiet, train_once

pytestmark = pytest.mark.stack

NEW = user(79)  # only in the second file


def delete_second(services, shop):
    job = made(services, JobKind.DELETE_SALES, upload=shop.second)
    return delete_sales(job, services, quiet)


def erase_new(services, shop):
    with services.uploads.receive("erased") as writer:
        writer.write(NEW.encode())
    return erase_user(made(services, JobKind.ERASE_USER, upload="erased"), services, quiet)


def overtaken(services, change):
    """Train, and something happens once it has read the sales: what came of that, too."""
    came = []
    return *train_once(services, lambda: came.append(change())), came[0]


@pytest.mark.parametrize("change", [delete_second, erase_new])
def test_a_deletion_that_overtakes_a_training_keeps_it_from_being_published(services, shop, change):
    job, result, deletion = overtaken(services, lambda: change(services, shop))
    assert result == {"generation": None, "superseded": True}
    folder = services.sales(shop.collection)
    assert (folder.recommender().live, folder.generations()) == (None, [])
    assert listed(services.lists._redis, "shop", NEW) is None
    following, _ = train_once(services)
    assert following == deletion.result["training"] != job
    assert folder.recommender().live == following
    assert listed(services.lists._redis, "shop", user(1)).personal
    assert not listed(services.lists._redis, "shop", NEW).personal


def test_a_deletion_that_overtakes_a_training_leaves_the_lists_before_in_use(services, shop):
    before, _ = train_once(services)
    add(services, order_lines(users=10, seed=3))
    overtaken(services, lambda: delete_second(services, shop))
    folder = services.sales(shop.collection)
    assert (folder.recommender().live, folder.generations()) == (before, [before])
    assert services.lists.live("shop") == before


def test_sales_that_come_during_a_training_do_not_keep_it_from_being_published(services, shop):
    job, _, _ = overtaken(services, lambda: add(services, order_lines(users=10, seed=3)))
    assert services.sales(shop.collection).recommender().live == job


def test_an_erasure_leaves_files_without_the_customer_known(services, shop):
    erase_new(services, shop)
    digests = {one.id: one.digest for one in services.sales(shop.collection).uploads()}
    assert digests[shop.first]
    assert digests[shop.second] == ""
