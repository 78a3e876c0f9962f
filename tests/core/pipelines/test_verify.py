"""A damaged document, file or vector affects only its item, and verify names it."""

import pytest

from core.domain import EncoderIdentity
from core.jobs import JobKind, NewJob
from core.pipelines.item_cache import restore_items, write_missing_cards
from core.pipelines.reindex.reconcile import repair
from core.pipelines.services import no_heartbeat
from core.pipelines.train.train import _skus
from core.pipelines.verify import verify
from tests.support.local_shop import LocalShop


@pytest.fixture
def shop(services):
    shop = LocalShop(services)
    manifest = [{"sku": "red", "price": 1}, {"sku": "blue", "price": -1}]
    shop.run(shop.request("red", "blue", "green", manifest=manifest))
    return shop


def compare(shop, **args):
    job = shop.services.ledger.create(NewJob(kind=JobKind.VERIFY, collection="shop", args=args))
    result = verify(job, shop.services, no_heartbeat).result
    names = {name: row["first"] for name, row in result.items() if isinstance(row, dict)}
    assert result["sound"] is not any(names.values())
    return {name: rows for name, rows in names.items() if rows}


def path(shop, sku, *, image=False):
    item = shop.items.get(sku)
    name = item.image().file if image else f"{item.key}.json"
    return f"items/{item.key[:2]}/{name}"


def test_a_shop_without_differences_is_sound(shop):
    assert compare(shop, deep=True) == {}


@pytest.mark.parametrize("document", [b"", b"{}", b'{"sku": "re', b"\xff\x00", b"null"])
def test_a_damaged_document_affects_only_its_item_and_is_named(shop, document):
    damaged = path(shop, "red")
    shop.services.files.write(f"collections/shop/{damaged}", document)
    assert compare(shop, deep=True) == {"damaged_items": [["red", damaged]]}
    assert sorted(item.sku for item in shop.items.page()[0]) == ["blue", "green"]
    assert _skus(shop.collection, shop.services) == {"blue", "green"}
    index = shop.collection.indexes[0]
    assert repair(shop.collection, index, shop.services, no_heartbeat).dropped == 0
    assert set(shop.vectors.item_vectors(index.name, "red")) == {"main"}
    shop.delete("red")
    assert shop.items.count()["items"] == 2


def test_a_document_in_the_place_of_another_is_damaged(shop):
    blue, red = path(shop, "blue"), path(shop, "red")
    files = shop.services.files
    files.write(f"collections/shop/{red}", files.read(f"collections/shop/{blue}"))
    assert compare(shop) == {"damaged_items": [["red", red]]}


def test_other_attributes_in_the_index_are_named_and_repaired(shop):
    index = shop.collection.indexes[0]
    shop.vectors.set_attributes(index.name, {"red": {"price": True}, "blue": {"price": -2}})
    assert compare(shop) == {"outdated_attributes": [["blue", "main"], ["red", "main"]]}
    assert repair(shop.collection, index, shop.services, no_heartbeat).corrected == 2
    assert compare(shop) == {}


def test_items_without_a_card_in_the_cache_are_named_and_repaired(shop):
    restore_items(shop.collection, shop.services, no_heartbeat)
    cache = shop.services.item_cache
    cache.remove("shop", ["red", "blue"])
    shop.services.files.write(f"collections/shop/{path(shop, 'blue')}", b"")
    (differences := compare(shop)).pop("damaged_items")
    assert differences == {"without_card": [["red"]]}
    write_missing_cards(shop.collection, shop.services, no_heartbeat)
    assert "without_card" not in compare(shop)
    assert cache.known("shop", ["red", "blue", "green"]) == {"red", "green"}


def test_a_cache_that_is_being_restored_has_no_items_without_a_card(shop):
    restore_items(shop.collection, shop.services, no_heartbeat)
    shop.services.item_cache.drop("shop")
    assert compare(shop) == {}


def test_attributes_that_are_about_to_be_synced_are_no_difference(shop):
    index = shop.collection.indexes[0]
    shop.vectors.set_attributes(index.name, {"red": {"price": 2}})
    shop.services.ledger.record_changes("shop", ["red"])
    assert compare(shop) == {}


def test_a_deep_comparison_names_damaged_files(shop):
    for sku, damage in (("red", lambda data: data[:-9] + bytes(9)), ("blue", lambda _: b"")):
        file = f"collections/shop/{path(shop, sku, image=True)}"
        shop.services.files.write(file, damage(shop.services.files.read(file)))
    assert compare(shop) == {}
    assert compare(shop, deep=True) == {"damaged_files": [["blue", "main"], ["red", "main"]]}


def test_an_empty_collection_is_sound(services):
    services.collections.create("shop", encoder=EncoderIdentity("a", 3))
    job = services.ledger.create(NewJob(kind=JobKind.VERIFY, collection="shop"))
    assert verify(job, services, no_heartbeat).result["sound"] is True
