"""Store, vectors and lists are compared; differences are reported, repaired and restored."""

import shutil

import numpy as np
import pytest
from redis import Redis

from core.storage.item import item_key
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from embedded.stack import Stack
from tests.support.images import jpeg
from tests.support.sales import user
from tests.support.shop_client import Shop, eventually, zip_of_images
from tests.support.stack_data import collection_folder, open_collection
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack


def test_a_shop_without_differences_is_sound(trained):
    report = trained.verify()
    assert (report["sound"], report["items"], report["images"]) == (True, 40, 40)


def test_an_empty_shop_is_sound(shop):
    assert shop.verify()["sound"] is True


def test_every_difference_is_reported_and_a_repair_fixes_the_vectors(stack, trained, run):
    vectors = MilvusVectors(stack.settings.milvus)
    index = open_collection(stack, trained).index_name
    vectors.delete(index, ["7"])
    dim = len(next(iter(vectors.item_vectors(index, "8").values())))
    vectors.upsert(index, [VectorRow("ghost", "main", np.ones(dim, np.float32))])
    cache = Redis.from_url(stack.settings.cache)
    live = cache.get(f"lookalike:lists:{trained.name}:live").decode()
    cache.zrem(f"lookalike:lists:{trained.name}:{live}:users", user(3))
    cache.hdel(f"lookalike:items:{trained.name}:cards", "5")
    image = trained.http.get(f"{trained.path}/items/9").json()["images"][0]
    folder = collection_folder(stack, trained)
    (file,) = folder.glob(f"items/*/*-{image['sha256'][:32]}.img")
    data = file.read_bytes()
    file.unlink()

    report = trained.verify()
    assert report["sound"] is False
    assert report["without_vector"] == {"count": 1, "first": [["7", "main"]]}
    assert report["orphaned_vectors"] == {"count": 1, "first": [["ghost", "main"]]}
    assert report["without_card"] == {"count": 1, "first": [["5"]]}
    assert report["without_file"] == {"count": 1, "first": [["9", "main"]]}
    assert report["lists"] == ["the cache has 59 lists, but the store has 60"]
    process = run("verify", trained.name)
    assert process.returncode == 1
    for text in ("7/main", "ghost/main", "9/main", "rebuild --repair", "59 lists"):
        assert text in process.stdout

    file.write_bytes(data)
    cache.delete(*cache.keys(f"lookalike:lists:{trained.name}:*"))
    eventually(lambda: has_lists(trained))  # refilled from the store
    repair = {"repair": True}
    assert trained.run("POST", "/rebuild", json=repair)["state"] == "succeeded"
    assert trained.verify()["sound"] is True
    assert run("verify", trained.name).returncode == 0


def test_damaged_documents_files_and_attributes_affect_only_their_items(stack, shop, run):
    shop.ingest([("a.zip", zip_of_images(range(4)))], manifest=b"sku,price\n1,5\n")
    folder, key = collection_folder(stack, shop), item_key("2")
    index = open_collection(stack, shop).index_name
    MilvusVectors(stack.settings.milvus).set_attributes(index, {"1": {"price": 6}})
    document = folder / "items" / key[:2] / f"{key}.json"
    text = document.read_bytes()
    document.write_bytes(text[:20])
    (picture,) = folder.glob(f"items/*/{item_key('3')}-*.img")
    picture.write_bytes(picture.read_bytes()[:-100] + bytes(100))

    name = f"items/{key[:2]}/{key}.json"
    report = shop.verify()
    assert report["outdated_attributes"] == {"count": 1, "first": [["1", "main"]]}
    assert report["damaged_items"] == {"count": 1, "first": [["2", name]]}
    assert sorted(shop.skus()) == ["0", "1", "3"]
    assert shop.matches(jpeg(2))[0]["sku"] == "2"  # from the cache
    process = run("verify", shop.name, "--deep")
    assert process.returncode == 1
    assert all(text in process.stdout for text in ("1/main", f"2/{name}", "3/main"))

    document.write_bytes(text)
    repair = {"repair": True}
    job = shop.run("POST", "/rebuild", json=repair)
    assert (job["state"], job["result"]["corrected"]) == ("succeeded", 1)
    assert [match["sku"] for match in shop.matches(jpeg(1), filter={"price": 5})] == ["1"]
    assert shop.matches(jpeg(2))[0]["sku"] == "2"
    assert shop.verify()["sound"] is True


def has_lists(shop):
    return shop.recommendations(user(1)).status_code == 200


def has_scale(shop):
    similar = shop.http.get(f"{shop.path}/items/6/similar").json()["matches"]
    return all("rarity" in match for match in (*shop.matches(jpeg(5)), *similar))


def read_everything(shop):
    """Return all that a client can read of a shop."""
    page = shop.http.get(f"{shop.path}/items", params={"limit": 100}).json()
    return {
        "items": sorted(page["items"], key=lambda item: item["sku"]),
        "matches": shop.matches(jpeg(5), limit=10),
        "similar": shop.http.get(f"{shop.path}/items/6/similar").json()["matches"],
        "image": shop.http.get(f"{shop.path}/items/7/image").content,
        "sales": shop.http.get(f"{shop.path}/sales").json(),
        "lists": [shop.recommended_skus(user(number)) for number in range(60)],
    }


def test_a_shop_can_be_restored_from_a_copy_of_the_store_alone(stack, trained, tmp_path):
    eventually(lambda: has_scale(trained))
    before = read_everything(trained)
    data = tmp_path / "copy"
    copy = data / "store" / "collections" / trained.name
    shutil.copytree(collection_folder(stack, trained), copy)
    with (
        Stack(make_settings(data)) as restored,
        Shop(restored.url, trained.name) as shop,
    ):
        assert shop.verify()["without_vector"]["count"] == 40
        eventually(lambda: "`lookalike verify" in (shop.search(jpeg(5)).json()["hint"] or ""))
        repair = {"repair": True}  # without it, a fit of the recipe that is due changes scores
        assert shop.run("POST", "/rebuild", json=repair)["state"] == "succeeded"
        eventually(lambda: has_lists(shop))
        eventually(lambda: has_scale(shop))
        assert read_everything(shop) == before
        assert shop.verify()["sound"] is True
