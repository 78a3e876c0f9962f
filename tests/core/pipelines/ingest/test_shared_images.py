"""An import tells which of its images are also images of other items."""

import pytest

from core.pipelines.ingest.plan import plan
from core.pipelines.ingest.shared_images import imported_skus, warn_of_shared_images
from core.pipelines.item_cache import restore_items
from core.pipelines.services import no_heartbeat
from tests.support.local_shop import LocalShop


@pytest.fixture
def shop(services):
    shop = LocalShop(services)
    restore_items(shop.collection, services, no_heartbeat)
    return shop


def warnings(shop, *skus):
    return warn_of_shared_images("shop", skus, shop.services)


def test_an_image_that_another_item_has_is_told_with_both_items(shop):
    shop.run(shop.request("red", "blue"))
    assert warnings(shop, "red", "blue") == []
    shop.run(shop.request("red", sku="a copy"))
    expected = ["Two items have the same picture: 'a copy' and 'red'."]
    assert warnings(shop, "a copy") == warnings(shop, "red", "a copy") == expected
    assert warnings(shop, "blue", "unknown") == []


def test_an_image_that_was_replaced_or_deleted_is_no_longer_told(shop):
    shop.run(shop.request("red", "blue"))
    shop.run(shop.request("green", sku="red"))
    shop.services.item_cache.remove("shop", ["blue"])
    shop.run(shop.request("red", sku="copy"))
    shop.run(shop.request("blue", sku="copy 2"))
    assert warnings(shop, "copy", "copy 2") == []


def test_the_items_of_a_job_are_those_of_its_chunks(shop):
    job = shop.request("red", "blue")
    shop.services.ledger.commit(
        shop.services.ledger.claim(job.id), plan(job, shop.services, no_heartbeat)
    )
    assert sorted(imported_skus(job, shop.services)) == ["blue", "red"]
    shop.services.uploads.discard(job.args["upload"])
    assert list(imported_skus(job, shop.services)) == []
