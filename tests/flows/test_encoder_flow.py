"""A collection's encoder: selected, changed during searches, and vectors rebuilt from the store."""

import threading
import time

import numpy as np
import pytest

from core.storage import open_backend
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from tests.support.images import jpeg
from tests.support.onnx_networks import convolutional
from tests.support.shop_client import assert_outlasted, is_rejected, zip_of_images
from tests.support.stack_data import open_collection
from tests.support.text_towers import most_peculiar

pytestmark = pytest.mark.stack

OTHER = "efficientnetb0"
IMAGES = 160


class BackgroundSearches:
    """Searches in a loop during a `with`, and records (query, status, body) of each response."""

    def __init__(self, shop, queries):
        self.shop, self.queries = shop, queries
        self.responses = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._stop.is_set():
            for query in self.queries:
                response = self.shop.search(jpeg(query), limit=20)
                if not is_rejected(response):  # as on a busy machine
                    self.responses.append((query, response.status_code, response.json()))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


def sku_scores(body):
    return [(match["sku"], match["score"]) for match in body["matches"]]


def search_all(shop, queries):
    """Return skus and scores of the matches, by query."""
    return {query: sku_scores(shop.search(jpeg(query), limit=20).json()) for query in queries}


def change_encoder(shop, encoder=OTHER):
    """Start a change of the encoder; return the id of its job."""
    response = shop.http.patch(shop.path, json={"encoder": encoder})
    assert response.status_code == 202, response.text
    return response.json()["id"]


def rebuild(shop, **body):
    response = shop.http.post(f"{shop.path}/rebuild", json=body)
    assert response.status_code == 202, response.text
    return shop.wait_for_job(response.json()["id"])


@pytest.fixture
def vectors(stack):
    """Direct access to Milvus."""
    return MilvusVectors(stack.settings.milvus)


def test_a_collection_changes_its_encoder_while_it_is_searched(stack, shop, vectors):
    shop.ingest_numbers(range(IMAGES))
    queries = [3, 77, 150, IMAGES + 1]
    before = search_all(shop, queries)
    with BackgroundSearches(shop, queries) as searches:
        job = shop.wait_for_job(change_encoder(shop), within=280)
        after = search_all(shop, queries)
    assert job["state"] == "succeeded", job
    assert {status for _, status, _ in searches.responses} == {200}
    results = [(query, sku_scores(body)) for query, _, body in searches.responses]
    assert all(result in (before[query], after[query]) for query, result in results)
    assert results[0][1] == before[queries[0]]
    assert all(before[query] != after[query] for query in queries)
    assert job["progress"]["done"] == IMAGES
    assert 0 < job["result"]["overlap_at_10"] < 1
    assert shop.http.get(shop.path).json()["encoder"] == OTHER

    vectors.drop(open_collection(stack, shop).index_name)
    assert search_all(shop, queries) == {query: [] for query in queries}
    assert rebuild(shop, recipe="parts-1")["state"] == "succeeded"
    for query, rebuilt in search_all(shop, queries).items():
        assert [sku for sku, _ in rebuilt] == [sku for sku, _ in after[query]]
        # the batches differ, and with them the last digit of a score
        assert [score for _, score in rebuilt] == pytest.approx(
            [score for _, score in after[query]], abs=1e-5
        )


def test_items_changed_during_a_change_of_the_encoder_are_correct_after_it(stack, shop, vectors):
    shop.ingest_numbers(range(120))
    job = change_encoder(shop)
    shop.wait_until(job, lambda job: job["progress"]["done"])
    added = shop.send([("more.zip", zip_of_images(range(200, 210)))])
    assert shop.http.delete(f"{shop.path}/items/5").status_code == 204
    patch = shop.http.patch(f"{shop.path}/items/7", json={"attributes": {"kind": "hat"}})
    assert patch.status_code == 200
    put = shop.http.put(f"{shop.path}/items/9", files={"files": ("x.jpg", jpeg(999))})
    sent = time.time()
    assert shop.wait_for_job(added.json()["id"])["progress"]["done"] == 10
    shop.wait_for_job(put.json()["id"])
    changed = shop.wait_for_job(job)
    assert_outlasted(changed, sent)
    assert changed["state"] == "succeeded"
    skus = set(map(str, [*range(120), *range(200, 210)])) - {"5"}
    assert {sku for sku, _ in vectors.keys(open_collection(stack, shop).index_name)} == skus
    assert shop.matches(jpeg(205))[0]["sku"] == "205"
    assert [match["sku"] for match in shop.matches(jpeg(1), filter={"kind": "hat"})] == ["7"]
    best = shop.matches(jpeg(999))[0]
    assert (best["sku"], best["score"]) == ("9", 1.0)


def test_a_cancelled_change_leaves_the_encoder_and_the_next_change_succeeds(shop):
    shop.ingest_numbers(range(120))
    first = change_encoder(shop)
    refused = shop.http.patch(shop.path, json={"encoder": OTHER})
    assert refused.status_code == 409
    assert first in refused.json()["detail"]
    assert shop.http.post(f"{shop.path}/rebuild").status_code == 409
    shop.http.post(f"/v1/jobs/{first}/cancel")
    assert shop.wait_for_job(first)["state"] == "cancelled"
    assert shop.http.get(shop.path).json()["encoder"] == "efficientnet-lite0"
    assert shop.matches(jpeg(3))[0]["score"] == 1.0
    assert shop.wait_for_job(change_encoder(shop))["state"] == "succeeded"
    assert shop.http.get(shop.path).json()["encoder"] == OTHER


def test_a_repair_adds_missing_vectors_and_drops_orphaned_ones_only(stack, shop, vectors):
    shop.ingest_numbers(range(40))
    before = search_all(shop, [1, 2, 3])
    index = open_collection(stack, shop).index_name
    vectors.delete(index, ["1", "2"])
    dim = len(vectors.item_vectors(index, "3")["main"])
    vectors.upsert(index, [VectorRow("ghost", "main", np.ones(dim, dtype=np.float32))])
    job = rebuild(shop, repair=True)
    assert (job["state"], job["progress"]["done"]) == ("succeeded", 2)
    assert job["result"]["dropped"] == 1
    assert {sku for sku, _ in vectors.keys(index)} == set(map(str, range(40)))
    assert search_all(shop, [1, 2, 3]) == before


def test_an_image_whose_vector_was_lost_matches_again_after_a_repair(stack, shop, vectors):
    shop.ingest([("1.jpg", jpeg(1)), ("2.jpg", jpeg(2))])
    vectors.delete(open_collection(stack, shop).index_name, ["1"])
    assert shop.ingest([("1.jpg", jpeg(1))])["progress"]["skipped"] == 1
    assert "1" not in [match["sku"] for match in shop.matches(jpeg(1))]
    rebuild(shop, repair=True)
    assert shop.matches(jpeg(1))[0]["sku"] == "1"


def test_if_a_stored_image_cannot_be_embedded_the_old_encoder_stays(stack, shop):
    shop.ingest_numbers(range(20))
    files = open_backend(stack.settings.store)
    folder = f"collections/{shop.name}/items"
    damaged = next(
        f"{folder}/{shard}/{name}"
        for shard in files.list_names(folder)
        for name in files.list_names(f"{folder}/{shard}")
        if name.endswith(".img")
    )
    data = files.read(damaged)
    files.write(damaged, b"not an image")
    job = shop.wait_for_job(change_encoder(shop))
    files.write(damaged, data)  # later tests show it on the web page
    assert job["state"] == "failed"
    assert "1 of the stored images cannot be embedded" in job["problem"]["detail"]
    assert [failure["code"] for failure in shop.failures(job).values()] == ["unreadable-image"]
    body = shop.http.get(shop.path).json()
    assert (body["encoder"], body["changing_to"]) == ("efficientnet-lite0", None)
    assert len(shop.matches(jpeg(3), limit=20)) == 20


def test_a_recipe_is_fitted_to_the_images_while_they_are_searched_and_uploaded(shop):
    shop.ingest_numbers(range(24))
    body = {"recipe": "fitted-1"}
    with BackgroundSearches(shop, [3, 7]) as searches:
        job = shop.http.post(f"{shop.path}/rebuild", json=body).json()["id"]
        shop.ingest_numbers([100])
        result = shop.wait_for_job(job)["result"]
    assert {status for _, status, _ in searches.responses} == {200}
    assert {sku_scores(body)[0] for _, _, body in searches.responses} == {("3", 1.0), ("7", 1.0)}
    assert (result["recipe"], result["fit"]["accepted"]) == ("fitted-1", True)
    assert result["fit"]["sampled"] in {24, 25}
    collection = shop.http.get(shop.path).json()
    assert (collection["recipe"], collection["fit"]["accepted"]) == ("fitted-1", True)
    assert collection["fit"]["same_image_after"] == result["fit"]["same_image_after"]
    assert sku_scores({"matches": shop.matches(jpeg(100))})[0] == ("100", 1.0)
    shop.ingest_numbers([101])
    assert sku_scores({"matches": shop.matches(jpeg(101))})[0] == ("101", 1.0)
    refused = shop.http.post(f"{shop.path}/rebuild", json={"recipe": "x"})
    assert refused.status_code == 422


def test_the_same_encoder_is_not_a_change(shop):
    response = shop.http.patch(shop.path, json={"encoder": "efficientnet-lite0"})
    assert (response.status_code, response.json()["encoder"]) == (200, "efficientnet-lite0")


@pytest.mark.parametrize("is_change", [False, True])
def test_an_encoder_without_weights_is_refused_at_once_with_instructions(
    stack, stack_http, shop, is_change
):
    if is_change:
        response = shop.http.patch(shop.path, json={"encoder": "resnet50"})
    else:
        response = stack_http.post("/v1/collections", json={"name": "other", "encoder": "resnet50"})
    assert (response.status_code, response.json()["code"]) == (503, "not-installed")
    assert "Retry-After" not in response.headers
    detail = response.json()["detail"]
    file = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
    assert "the weights of resnet50 are not on this machine" in detail
    assert str(stack.settings.weights / file) in detail
    assert "run `lookalike weights fetch resnet50`" in detail
    assert f"https://storage.googleapis.com/tensorflow/keras-applications/resnet/{file}" in detail
    assert "4d473c1dd8becc155b73f8504c6f6626" in detail
    shop.ingest_numbers([1])
    assert shop.matches(jpeg(1))[0]["sku"] == "1"


def test_the_catalogue_says_which_weights_are_installed(shop, stack_http):
    shop.ingest([("images.zip", zip_of_images(range(10)))])
    rows = {row["name"]: row for row in stack_http.get("/v1/encoders").json()["items"]}
    assert rows["efficientnet-lite0"]["weights"] == rows[OTHER]["weights"] == "present"
    assert rows["vgg16"]["weights"] == "missing"
    assert "lookalike weights fetch vgg16" in rows["vgg16"]["detail"]
    assert (rows["own-network"]["family"], rows["own-network"]["dim"]) == ("own", 8 + 64)
    assert len(rows) == 36


def test_a_collection_can_use_ones_own_network_and_its_text_tower(shop, tmp_path):
    shop.ingest_numbers(range(10))
    job = shop.wait_for_job(change_encoder(shop, "own-network"))
    assert job["state"] == "succeeded", job
    best = shop.matches(jpeg(3))[0]
    assert (best["sku"], best["score"]) == ("3", 1.0)
    body = shop.http.post(f"{shop.path}/search", data={"text": "a Xylograph"}).json()
    network = convolutional(tmp_path / "own-network.onnx")
    expected, _ = most_peculiar(network, [jpeg(number) for number in range(10)])
    assert body["matches"][0]["sku"] == str(expected)
    (words,) = body["understood"]
    assert (words["words"], words["kind"]) == ("a Xylograph", "words")
