"""Manifests with a column `availability`, and attributes that have this name."""

import pytest

from core.attributes import check_attributes
from core.domain import Availability
from core.errors import InvalidInput, Unavailable
from core.pipelines.ingest.embed import embed
from core.pipelines.ingest.manifest import Manifest, read_manifest
from core.pipelines.ingest.plan import plan
from core.pipelines.services import no_heartbeat
from tests.support.local_shop import InterruptedEncoder, LocalShop

HIDDEN, OUT, IN = Availability.HIDDEN, Availability.OUT_OF_STOCK, Availability.IN_STOCK


@pytest.fixture
def shop(services):
    services.item_cache.go_live("shop", services.item_cache.begin("shop"), 0, {})
    return LocalShop(services)


def states(shop, *skus):
    """What the store and the cache say, which must be the same."""
    services = shop.services
    stored = services.availability(shop.collection).unavailable(skus)
    assert services.item_cache.availabilities("shop", skus) == stored
    return stored


def row(sku, state=None, **values):
    return {"sku": sku, **values} | ({"availability": state} if state else {})


def test_a_column_availability_is_read_and_is_no_attribute():
    rows = b"A;a.jpg;Out of stock;5\nB;;hidden;6\nC;c.jpg;;7\nD;;NULL;\n"
    csv = b"SKU;file;Availability;price\n" + rows
    manifest = read_manifest("items.csv", csv)
    assert manifest.failures == []
    assert manifest.availabilities == {"A": OUT, "B": HIDDEN}
    rows = [*manifest.files.values(), *manifest.items.values()]
    assert [list(row.attributes) for row in rows] == [["price"], ["price"], ["price"], []]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("B,b.jpg,sold out", "availability 'sold out' is unknown; known: in_stock, out_of_stock"),
        ("B,b.jpg,0", "availability '0' is unknown"),
        ("A,b.jpg,hidden", "SKU 'A' has two availabilities, in_stock (items.csv, line 2) and"),
    ],
)
def test_a_bad_value_is_an_error_of_its_row(line, reason):
    csv = f"sku,file,availability\nA,a.jpg,in-stock\n{line}\nC,c.jpg,hidden\n".encode()
    manifest = read_manifest("items.csv", csv)
    (failure,) = manifest.failures
    assert (failure.file, failure.sku) == ("items.csv, line 3", line[0])
    assert failure.reason.startswith(reason)
    assert manifest.availabilities == {"A": IN, "C": HIDDEN}
    assert manifest.rejected_files == {"b.jpg"}


def test_in_json_lines_null_is_refused_since_it_may_mean_two_things():
    manifest = read_manifest("items.jsonl", b'{"sku": "A", "availability": null}')
    assert "availability 'None' is unknown" in manifest.failures[0].reason


def test_manifests_of_an_upload_that_contradict_each_other_are_reported():
    both = Manifest()
    both.add(read_manifest("a.csv", b"sku,availability\nA,hidden\nB,hidden\n"))
    both.add(read_manifest("b.csv", b"sku,availability\nA,in_stock\nB,hidden\n"))
    (failure,) = both.failures
    assert (failure.file, failure.sku) == ("b.csv, line 2", "A")
    assert "hidden (a.csv, line 2)" in failure.reason
    assert both.availabilities == {"A": HIDDEN, "B": HIDDEN}


@pytest.mark.parametrize("name", ["availability", "Availability"])
def test_no_attribute_is_called_availability(name):
    with pytest.raises(InvalidInput, match=f"'{name}' is not an attribute, but a state"):
        check_attributes({name: "hidden"})
    line = b'{"sku": "A", "Availability": "hidden"}'
    assert "not an attribute" in read_manifest("items.jsonl", line).failures[0].reason


def test_a_new_item_has_its_availability_before_it_appears(shop):
    seen = []
    shop.encoder = InterruptedEncoder(
        lambda: seen.append((states(shop, "red", "blue"), shop.items.count()["items"]))
    )
    manifest = [row("red", "hidden"), row("blue", "out_of_stock"), row("green", "in_stock")]
    job = shop.request("red", "blue", "green", manifest=manifest)
    assert shop.run(job).done == 3
    assert seen == [({"red": HIDDEN, "blue": OUT}, 0)]
    assert states(shop, "red", "blue", "green") == {"red": HIDDEN, "blue": OUT}
    assert shop.items.get("red").own_attributes == {}


def test_a_manifest_alone_changes_existing_items_and_no_others(shop):
    shop.run(shop.request("red", "blue"))
    job = shop.request(manifest=[row("red", "hidden", price=5), row("nope", "hidden"), row("blue")])
    outcome = plan(job, shop.services, no_heartbeat)
    assert outcome.result == {"availability_changed": 1, "new_attributes": {"price": "number"}}
    assert states(shop, "red", "blue", "nope") == {"red": HIDDEN}
    (failure,) = embed(job, 1, shop.services, no_heartbeat).failures
    assert (failure.file, failure.sku) == ("items.jsonl, line 2", "nope")
    assert shop.items.get("red").own_attributes == {"price": 5}


def test_only_rows_of_items_that_exist_give_an_attribute_its_type(shop):
    shop.run(shop.request("red"))
    job = shop.request(manifest=[row("blue", price=5), row("red", size="S")])
    assert plan(job, shop.services, no_heartbeat).result["new_attributes"] == {"size": "text"}
    shop.run(shop.request("blue"))  # meanwhile
    embed(job, 1, shop.services, no_heartbeat)
    assert shop.services.collections.get(job.collection).attribute_types["price"] == "number"


def test_a_dry_run_changes_no_availability(shop):
    shop.run(shop.request("red"))
    counted = shop.request(manifest=[row("red", "hidden")], dry_run=True)
    plan(counted, shop.services, no_heartbeat)
    assert states(shop, "red") == {}


def test_an_older_manifest_does_not_overwrite_a_later_one(shop):
    shop.run(shop.request("red"))
    older = shop.request(manifest=[row("red", "hidden")])
    shop.run(shop.request(manifest=[row("red", "out_of_stock")]))
    shop.run(older)
    assert states(shop, "red") == {"red": OUT}


def test_a_state_waits_for_an_item_that_an_earlier_upload_still_adds(shop):
    adding = shop.request("red")
    hiding = shop.request(manifest=[row("red", "hidden")])
    shop.services.ledger.commit(
        shop.services.ledger.claim(hiding.id), plan(hiding, shop.services, no_heartbeat)
    )
    with pytest.raises(Unavailable, match="may still add the items"):
        embed(hiding, 1, shop.services, no_heartbeat)
    shop.run(adding)
    assert states(shop, "red") == {"red": HIDDEN}
