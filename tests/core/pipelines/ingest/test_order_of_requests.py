"""Uploads whose jobs run in another order than they were requested."""

import pytest

from core.errors import Unavailable
from core.jobs import JobKind, NewJob
from core.pipelines.bulk import change_items
from core.pipelines.ingest.embed import embed
from core.pipelines.services import no_heartbeat
from tests.support.local_shop import InterruptedEncoder, LocalShop
from tests.support.sales import order_lines
from tests.support.trainable_shop import import_rows


@pytest.fixture
def shop(services):
    return LocalShop(services)


def test_the_later_of_two_replacements_wins_though_its_job_ends_first(shop):
    first, second = shop.put("red", price=1, size="M"), shop.put("blue", price=2)
    assert shop.run(second).done == 1
    outcome = shop.run(first)
    assert (outcome.done, outcome.skipped, outcome.failures) == (0, 1, ())
    assert (shop.colour(), shop.items.get("A").own_attributes) == ("blue", {"price": 2})
    assert shop.items.count() == {"items": 1, "images": 1}


def test_a_deleted_item_is_not_restored_by_an_older_upload_but_by_a_later_one(shop):
    shop.run(shop.put("red", price=1))
    older = shop.put("blue", price=2)
    shop.delete("A")
    later = shop.request("green", sku="A", attributes={"size": "M"})
    shop.run(older)
    assert shop.items.find(["A"]) == {}
    shop.run(later)
    assert (shop.colour(), shop.items.get("A").own_attributes) == ("green", {"size": "M"})


def test_a_retry_keeps_the_order_of_its_first_request(shop):
    first = shop.put("red", price=1)
    shop.run(shop.put("blue", price=2))
    retry = shop.services.ledger.create(
        NewJob(kind=first.kind, collection="shop", args=first.args, sequence=first.sequence)
    )
    shop.run(retry)
    assert shop.items.get("A").own_attributes == {"price": 2}


def test_an_image_that_an_older_upload_replaces_meanwhile_is_embedded_again(shop):
    shop.run(shop.request("red", "green", sku="A"))
    older = shop.request("blue", manifest=[{"sku": "A", "file": "blue.png", "view": "red"}])
    same = shop.request("red", "blue", sku="A")
    shop.encoder = InterruptedEncoder(lambda: shop.run(older))
    shop.run(same)
    assert [shop.colour(view=view) for view in ("red", "green", "blue")] == ["red", "green", "blue"]


def test_the_same_upload_again_changes_nothing(shop):
    manifest = [{"sku": "red", "price": 1}, {"sku": "blue", "price": 2, "tags": ["x"]}]
    shop.run(shop.request("red", "blue", manifest=manifest))
    before, writes = shop.items.page(), shop.vectors.writes
    outcome = shop.run(shop.request("red", "blue", manifest=manifest))
    assert (outcome.done, outcome.skipped, outcome.updated) == (0, 2, 0)
    assert shop.items.page() == before
    assert shop.vectors.writes == writes


def test_a_repeated_value_still_wins_against_an_older_job_that_ends_later(shop):
    shop.run(shop.request("red", manifest=[{"sku": "red", "price": 1}]))
    older = shop.request(manifest=[{"sku": "red", "price": 2}])
    shop.run(shop.request(manifest=[{"sku": "red", "price": 1}]))
    shop.run(older)
    assert shop.items.get("red").own_attributes == {"price": 1}


def test_a_repeated_value_still_wins_against_an_older_bulk_change(shop):
    shop.run(shop.request("red", manifest=[{"sku": "red", "price": 1}]))
    args = {"filter": "{}", "attributes": {"price": 2}}
    new = NewJob(kind=JobKind.CHANGE_ITEMS, collection="shop", args=args)
    older = shop.services.ledger.create(new)
    shop.run(shop.request(manifest=[{"sku": "red", "price": 1}]))
    change_items(older, shop.services, no_heartbeat)
    assert shop.items.get("red").own_attributes == {"price": 1}


def test_an_upload_sets_what_it_brings_and_keeps_the_rest(shop):
    shop.run(shop.request("red", manifest=[{"sku": "red", "price": 1, "stock": 3, "old": True}]))
    rows = [{"sku": "red", "file": "red.png", "price": 2, "old": None}]
    shop.run(shop.request("red", manifest=rows))
    assert shop.items.get("red").own_attributes == {"price": 2, "stock": 3}


def test_only_a_replacing_upload_drops_other_attributes_and_images(shop):
    manifest = [{"sku": "A", "file": f"{view}.png", "view": view} for view in ("red", "green")]
    manifest.append({"sku": "B", "file": "blue.png", "kind": "hat", "size": "M"})
    shop.run(shop.request("red", "green", "blue", manifest=manifest))
    rows = [{"sku": "A", "file": "blue.png", "view": "blue"}, {"sku": "B", "size": "L"}]
    shop.run(shop.request("blue", manifest=rows, replace=True))
    assert [image.view for image in shop.items.get("A").images] == ["blue"]
    assert shop.items.get("B").own_attributes == {"size": "L"}
    assert [image.view for image in shop.items.get("B").images] == ["main"]
    assert shop.items.count() == {"items": 2, "images": 2}


def test_an_upload_that_only_drops_an_image_requests_training_and_one_of_attributes_does_not(shop):
    views = [{"sku": "A", "file": f"{view}.png", "view": view} for view in ("red", "green")]
    shop.run(shop.request("red", "green", manifest=views))
    import_rows(shop.services, order_lines(users=2))
    ledger = shop.services.ledger
    for training in ledger.open_jobs_of("shop", JobKind.TRAIN):
        ledger.cancel(training.id)
    rows = [{**views[0], "price": 1}]
    shop.run(shop.request("red", manifest=rows))
    assert ledger.open_jobs_of("shop", JobKind.TRAIN) == []
    shop.run(shop.request("red", manifest=rows, replace=True))
    assert [image.view for image in shop.items.get("A").images] == ["red"]
    assert len(ledger.open_jobs_of("shop", JobKind.TRAIN)) == 1


def test_all_rows_of_an_item_set_their_columns(shop):
    manifest = [
        {"sku": "A", "file": "red.png", "kind": "hat"},
        {"sku": "A", "file": "blue.png", "colour": "blue"},
        {"sku": "A", "price": 5},
    ]
    shop.run(shop.request("red", "blue", manifest=manifest))
    assert shop.items.get("A").own_attributes == {"kind": "hat", "colour": "blue", "price": 5}


def test_rows_wait_for_an_earlier_upload_that_may_bring_their_item(shop):
    images = shop.request("red")
    prices = shop.request(manifest=[{"sku": "red", "price": 1}])
    with pytest.raises(Unavailable, match=images.id):
        shop.run(prices)
    shop.run(images)
    claim = shop.services.ledger.claim(prices.id)
    assert claim is None  # the lease of the first attempt has not ended
    embed(prices, 1, shop.services, no_heartbeat)
    assert shop.items.get("red").own_attributes == {"price": 1}


def test_a_damaged_document_fails_its_own_image_until_the_item_is_replaced(shop):
    shop.run(shop.request("red", "blue"))
    key = shop.items.get("red").key
    document = f"items/{key[:2]}/{key}.json"
    shop.services.files.write(f"collections/shop/{document}", b'{"sku": "r')
    outcome = shop.run(shop.request("red", "blue", "green"))
    (failure,) = outcome.failures
    assert (outcome.done, outcome.skipped, failure.sku) == (1, 1, "red")
    assert "is damaged" in failure.reason
    assert document in failure.reason
    shop.run(shop.request("blue", sku="red", attributes={}, replace=True))
    assert shop.colour("red") == "blue"
    assert shop.items.count() == {"items": 3, "images": 3}
