"""Attributes keep their types, and many items are changed, deleted or synchronised at once."""

import json

import pytest

from tests.support.images import jpeg
from tests.support.items import own
from tests.support.shop_client import eventually, zip_of_images

pytestmark = pytest.mark.stack

COUNT = 10


@pytest.fixture
def catalogue(shop):
    """A shop with the items 0 to 9, whose prices have decimal commas and whose kinds alternate."""
    rows = [f"{n};{n}.jpg;{n},50;{'hat' if n % 2 else 'shoe'}" for n in range(COUNT)]
    manifest = "\n".join(["sku;file;price;kind", *rows]).encode()
    job = shop.ingest([("images.zip", zip_of_images(range(COUNT)))], manifest=manifest)
    assert job["result"]["new_attributes"] == {"kind": "text", "price": "number"}
    return shop


def bulk(shop, method, filter, **request):
    params = {"filter": json.dumps(filter), **request.pop("params", {})}
    return shop.run(method, "/items", params=params, **request)


def import_rows(shop, *rows, **form):
    """Import a manifest alone; return the job."""
    manifest = "\n".join(["sku,price", *rows]).encode()
    return shop.run("POST", "/items", files={"manifest": ("items.csv", manifest)}, data=form)


def skus_found(shop, filter):
    return {match["sku"] for match in shop.matches(jpeg(1), limit=50, filter=filter)}


def attributes_of(shop, sku):
    return own(shop.http.get(f"{shop.path}/items/{sku}").json()["attributes"])


def test_an_odd_value_is_a_failure_and_leaves_all_others_their_type(catalogue):
    shop = catalogue
    types = shop.http.get(f"{shop.path}/attributes").json()["items"]
    assert types == [
        {"name": "kind", "type": "text", "source": "requests"},
        {"name": "price", "type": "number", "source": "requests"},
        {"name": "seen_colour", "type": "list", "source": "images"},
    ]
    job = import_rows(shop, '1,"67,90"', "2,on request")
    assert (job["state"], job["progress"]["updated"]) == ("partial", 1)
    (failure,) = shop.failures(job).values()
    assert (failure["file"], failure["sku"]) == ("items.csv, line 3", "2")
    assert "'on request' is not a number" in failure["reason"]
    assert [attributes_of(shop, sku)["price"] for sku in ("1", "2")] == [67.9, 2.5]
    item = f"{shop.path}/items/3"
    changed = shop.http.patch(item, json={"attributes": {"price": "5,25"}}).json()["attributes"]
    assert own(changed) == {"price": 5.25, "kind": "hat"}
    assert shop.http.patch(item, json={"attributes": {"price": "soon"}}).status_code == 422
    assert skus_found(shop, {"price": {"gt": "67,5"}}) == {"1"}
    assert shop.search(jpeg(1), filter={"price": "cheap"}).status_code == 422


def test_a_changed_type_applies_to_all_values_also_in_searches(catalogue):
    shop = catalogue
    job = shop.run("PATCH", "/attributes", json={"types": {"price": "text", "kind": "boolean"}})
    assert (job["state"], job["progress"]["failed"]) == ("partial", COUNT)
    assert job["result"] == {"changed": COUNT, "unfit": COUNT}
    assert attributes_of(shop, "1") == {"price": "1.5", "kind": "hat"}
    eventually(lambda: skus_found(shop, {"price": 1.5}) == {"1"})


def test_items_that_match_a_filter_are_changed_and_deleted(catalogue):
    shop = catalogue
    hats = {str(n) for n in range(1, COUNT, 2)}
    counted = bulk(shop, "DELETE", {"kind": "hat"}, params={"dry_run": "true"})
    assert counted["result"] == {"dry_run": True, "matched": 5, "deleted": 5}
    change = {"attributes": {"sale": True, "price": "0,99"}}
    job = bulk(shop, "PATCH", {"kind": "hat"}, json=change)
    assert (job["state"], job["progress"]["updated"]) == ("succeeded", 5)
    assert attributes_of(shop, "1") == {"price": 0.99, "kind": "hat", "sale": True}
    eventually(lambda: skus_found(shop, {"sale": "true", "price": {"lt": 1}}) == hats)
    assert bulk(shop, "DELETE", {"sale": True})["result"]["deleted"] == 5
    assert skus_found(shop, {}) == {str(n) for n in range(0, COUNT, 2)}
    eventually(lambda: shop.counts() == (5, 5))
    assert shop.verify()["sound"]


def test_a_combined_filter_selects_the_same_items_everywhere(catalogue):
    shop = catalogue
    for sku in ("4", "7"):
        shop.http.patch(f"{shop.path}/items/{sku}", json={"attributes": {"tags": ["new", "red"]}})
    where = {"or": [{"price": {"lt": "2,0"}}, {"tags": {"contains": ["new", "old"]}}]}
    where["kind"] = {"not": "shoe"}
    eventually(lambda: skus_found(shop, where) == {"1", "7"})
    listed = shop.http.get(f"{shop.path}/items", params={"filter": json.dumps(where)}).json()
    assert {item["sku"] for item in listed["items"]} == {"1", "7"}
    assert bulk(shop, "DELETE", where, params={"dry_run": "true"})["result"]["matched"] == 2


def test_substitutes_cost_about_as_much_from_the_list_and_from_a_search_alike(catalogue):
    shop, path = catalogue, f"{catalogue.path}/items/5/substitutes"  # item 5 costs 5.50
    eventually(lambda: shop.http.get(path).status_code == 200)
    assert {match["sku"] for match in shop.http.get(path).json()["matches"]} == {"4", "6"}
    answer = shop.http.get(path, params={"price_range": 0.01})  # none in the list: a search answers
    assert (answer.status_code, answer.json()["matches"]) == (200, [])
    assert "list_ms" not in answer.json()["timings"]


def test_a_bulk_change_waits_for_no_import(catalogue):
    shop = catalogue
    ingest = shop.send([("many.zip", zip_of_images(range(100, 500)))]).json()["id"]
    shop.wait_until(ingest, lambda job: job["state"] != "queued")
    bulk(shop, "PATCH", {"kind": "hat"}, json={"attributes": {"sale": True}})
    hats = {str(n) for n in range(1, COUNT, 2)}
    eventually(lambda: skus_found(shop, {"sale": True}) == hats)
    assert shop.http.get(f"/v1/jobs/{ingest}").json()["state"] == "running"
    shop.http.post(f"/v1/jobs/{ingest}/cancel")
    shop.wait_for_job(ingest)


def test_the_import_of_a_whole_catalogue_deletes_what_it_lacks_but_not_too_much(catalogue):
    shop = catalogue
    most, half = ([f"{n},{n}" for n in range(count)] for count in (8, 5))
    dry_run = import_rows(shop, *half, sync="true", dry_run="true")["result"]
    assert (dry_run["planned_items"], dry_run["missing"]) == (5, 5)
    refused = import_rows(shop, *half, sync="true")
    assert refused["state"] == "failed"
    assert "lacks 5 of the collection's 10 items (50%)" in refused["problem"]["detail"]
    assert attributes_of(shop, "1")["price"] == 1.5
    job = import_rows(shop, *most, sync="true")
    assert (job["state"], job["result"]["deleted"]) == ("succeeded", 2)
    assert set(shop.skus()) == {str(n) for n in range(8)}
    confirmed = import_rows(shop, *half, sync="true", max_deleted_share="0.5")
    assert confirmed["result"]["deleted"] == 3
    assert skus_found(shop, {"price": {"gte": 0}}) == {str(n) for n in range(5)}
