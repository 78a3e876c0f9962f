"""Items and collections: read, change, replace, delete."""

import io
import json
import time

import pytest
from PIL import Image

from tests.support.archives import zipped
from tests.support.images import jpeg

pytestmark = pytest.mark.stack


@pytest.fixture
def item(shop):
    shop.ingest([("A.jpg", jpeg(1))], manifest=b"sku,file,kind\nA,A.jpg,hat\n")
    return f"{shop.path}/items/A"


def soon(right, within=10):
    until = time.monotonic() + within
    while not right():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_an_item_tells_its_pictures_and_attributes(shop, item):
    body = shop.http.get(item).json()
    assert (body["sku"], body["attributes"]) == ("A", {"kind": "hat"})
    (image,) = body["images"]
    assert (image["view"], image["width"], image["format"]) == ("main", 200, "JPEG")
    assert shop.http.get(image["url"]).content == jpeg(1)


def test_a_thumbnail_fits_the_size_and_is_not_sent_twice(shop, item):
    first = shop.http.get(f"{item}/image", params={"size": 64})
    assert max(Image.open(io.BytesIO(first.content)).size) == 64
    headers = {"If-None-Match": first.headers["etag"]}
    again = shop.http.get(f"{item}/image", params={"size": 64}, headers=headers)
    assert (again.status_code, again.content) == (304, b"")


def test_changed_attributes_filter_at_once_in_the_list_and_soon_in_searches(shop, item):
    changed = shop.http.patch(item, json={"attributes": {"kind": None, "price": 5}})
    assert changed.json()["attributes"] == {"price": 5}
    listed = shop.http.get(f"{shop.path}/items", params={"filter": '{"price": 5}'})
    assert [i["sku"] for i in listed.json()["items"]] == ["A"]
    soon(lambda: shop.found(jpeg(1), filter={"price": 5}))
    assert shop.found(jpeg(1), filter={"kind": "hat"}) == []
    told = shop.search(jpeg(1), filter={"size": "M"}).json()
    assert (told["matches"], "has the attribute 'size'; they have: " in told["hint"]) == ([], True)


def test_a_deleted_item_is_gone_from_searches_at_once(shop, item):
    assert shop.http.delete(item).status_code == 204
    assert shop.found(jpeg(1)) == []
    assert shop.http.get(item).status_code == 404
    assert shop.http.delete(item).status_code == 404
    soon(lambda: shop.counts() == (0, 0))


def test_a_deleted_item_can_come_back(shop, item):
    shop.http.delete(item)
    assert shop.ingest([("A.jpg", jpeg(1))])["progress"]["done"] == 1
    time.sleep(0.5)  # the deletion's job may still be under way: it must not take the new item
    assert shop.found(jpeg(1))[0]["sku"] == "A"


def test_a_replaced_item_keeps_nothing_of_before(shop):
    shop.ingest([("v.zip", zipped({"A/front.jpg": jpeg(1), "A/back.jpg": jpeg(2)}))])
    answer = shop.http.put(
        f"{shop.path}/items/A",
        files={"files": ("new.jpg", jpeg(3))},
        data={"attributes": json.dumps({"colour": "red"})},
    )
    assert shop.ended(answer.json()["id"])["state"] == "succeeded"
    body = shop.http.get(f"{shop.path}/items/A").json()
    assert ([i["view"] for i in body["images"]], body["attributes"]) == (
        ["main"],
        {"colour": "red"},
    )
    assert shop.found(jpeg(1), min_score=0.99) == []
    assert shop.found(jpeg(3), min_score=0.99)[0]["sku"] == "A"


def test_an_odd_sku_is_read_and_deleted_by_its_name(shop):
    sku = "x'] or sku not in ['z \"ü% 100"
    manifest = 'sku;file\n"' + sku.replace('"', '""') + '";1.jpg\nB;2.jpg\n'
    job = shop.ingest([("1.jpg", jpeg(1)), ("2.jpg", jpeg(2))], manifest=manifest.encode())
    assert job["state"] == "succeeded"
    best = shop.found(jpeg(1))[0]
    assert best["sku"] == sku
    assert shop.http.get(best["image_url"]).content == jpeg(1)
    similar = best["image_url"].partition("/image?")[0] + "/similar"
    assert [m["sku"] for m in shop.http.get(similar).json()["matches"]] == ["B"]
    shop.http.delete(best["image_url"].partition("/image?")[0])
    soon(lambda: shop.counts() == (1, 1))
    assert [m["sku"] for m in shop.found(jpeg(1))] == ["B"]


def test_a_deleted_collection_is_out_of_use_at_once_and_its_name_free_soon(shop):
    shop.ingest_numbers(range(5))
    job = shop.http.delete(shop.path, headers={"Prefer": "wait=30"})
    assert (job.status_code, job.json()["state"]) == (200, "succeeded")
    assert shop.http.get(shop.path).status_code == 404
    shop.create()
    assert shop.counts() == (0, 0)
    assert shop.found(jpeg(1)) == []


def test_collections_are_listed_with_counts_and_described(shop):
    shop.ingest_numbers(range(3))
    shop.http.patch(shop.path, json={"description": "ours"})
    listed = shop.http.get("/v1/collections").json()["items"]
    (mine,) = [c for c in listed if c["name"] == shop.name]
    assert (mine["items"], mine["images"], mine["description"], mine["encoder"]) == (
        3,
        3,
        "ours",
        "efficientnet-lite0",
    )
