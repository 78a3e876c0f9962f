"""Store, vectors and lists are compared, and what differs is told, mended, restored."""

import json
import shutil

import numpy as np
import pytest
from redis import Redis

from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from embedded.stack import Stack
from tests.flows.test_sales_flow import add, recommended, skus
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import Shop, eventually
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack


@pytest.fixture
def trained(shop):
    shop.ingest_numbers(range(40))
    add(shop, as_csv(order_lines()))
    return shop


def verified(shop):
    job = shop.http.post(f"{shop.path}/verify", headers={"Prefer": "wait=60"}).json()
    assert job["state"] == "succeeded", job
    return job["result"]


def folder_of(stack, shop):
    return stack.data / "store" / "collections" / shop.name


def space_of(stack, shop):
    return json.loads((folder_of(stack, shop) / "collection.json").read_text())["space"]


def test_what_agrees_is_sound(trained):
    found = verified(trained)
    assert (found["sound"], found["items"], found["images"]) == (True, 40, 40)


def test_a_shop_without_anything_is_sound(shop):
    assert verified(shop)["sound"] is True


def test_every_difference_is_told_and_a_repair_mends_the_vectors(stack, trained, run):
    vectors, space = MilvusVectors(stack.settings.milvus), space_of(stack, trained)
    vectors.delete(space, ["7"])
    dim = len(next(iter(vectors.vectors_of(space, "8").values())))
    vectors.upsert(space, [VectorRow("ghost", "main", np.ones(dim, np.float32))])
    cache = Redis.from_url(stack.settings.cache)
    live = cache.get(f"lookalike:lists:{trained.name}:live").decode()
    cache.zrem(f"lookalike:lists:{trained.name}:{live}:users", user(3))
    lost = trained.http.get(f"{trained.path}/items/9").json()["images"][0]
    (file,) = folder_of(stack, trained).glob(f"items/*/*-{lost['sha256'][:32]}.img")
    kept = file.read_bytes()
    file.unlink()

    found = verified(trained)
    assert found["sound"] is False
    assert found["without_vector"] == {"count": 1, "first": [["7", "main"]]}
    assert found["vectors_of_nothing"] == {"count": 1, "first": [["ghost", "main"]]}
    assert found["without_file"] == {"count": 1, "first": [["9", "main"]]}
    assert found["lists"] == ["the cache has 59 lists, the store 60"]
    said = run("verify", trained.name)
    assert said.returncode == 1
    for words in ("7/main", "ghost/main", "9/main", "rebuild --repair", "59 lists"):
        assert words in said.stdout

    file.write_bytes(kept)
    cache.delete(*cache.keys(f"lookalike:lists:{trained.name}:*"))
    eventually(lambda: offered(trained))  # filled in again
    repair = {"repair": True}
    job = trained.http.post(f"{trained.path}/rebuild", json=repair, headers={"Prefer": "wait=60"})
    assert job.json()["state"] == "succeeded"
    assert verified(trained)["sound"] is True
    assert run("verify", trained.name).returncode == 0


def offered(shop):
    return recommended(shop, user(1)).status_code == 200


def answers(shop):
    """What a client sees of a shop."""
    page = shop.http.get(f"{shop.path}/items", params={"limit": 100}).json()
    return {
        "items": sorted(page["items"], key=lambda item: item["sku"]),
        "matches": shop.found(jpeg(5), limit=10),
        "alike": shop.http.get(f"{shop.path}/items/6/similar").json()["matches"],
        "picture": shop.http.get(f"{shop.path}/items/7/image").content,
        "sales": shop.http.get(f"{shop.path}/sales").json(),
        "lists": [skus(recommended(shop, user(number))) for number in range(60)],
    }


def test_a_copy_of_the_store_alone_brings_everything_back(stack, trained, tmp_path):
    before = answers(trained)
    data = tmp_path / "elsewhere"
    shutil.copytree(stack.data / "store" / "collections" / trained.name,
                    data / "store" / "collections" / trained.name)  # fmt: skip
    with Stack(make_settings(data)) as restored, Shop(restored.url, trained.name) as shop:
        assert verified(shop)["without_vector"]["count"] == 40
        job = shop.http.post(f"{shop.path}/rebuild", headers={"Prefer": "wait=120"}).json()
        assert job["state"] == "succeeded"
        eventually(lambda: offered(shop))
        assert answers(shop) == before
        assert verified(shop)["sound"] is True
