"""A collection's network: chosen, changed while it is searched, made anew from the store."""

import threading

import numpy as np
import pytest

from core.storage import Collections, Files
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from tests.support.images import jpeg
from tests.support.shop_client import numbered

pytestmark = pytest.mark.stack

OTHER = "efficientnetb0"
PICTURES = 300


class Searching:
    """Searches in a loop beside a test, and every answer."""

    def __init__(self, shop, queries):
        self.shop, self.queries = shop, queries
        self.answers = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._stop.is_set():
            for n in self.queries:
                answer = self.shop.search(jpeg(n), limit=20)
                self.answers.append((n, answer.status_code, answer.json()))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


def told(answer):
    """Skus with their scores."""
    return [(match["sku"], match["score"]) for match in answer["matches"]]


def lists(shop, queries):
    return {n: told(shop.search(jpeg(n), limit=20).json()) for n in queries}


def change(shop, encoder=OTHER):
    answer = shop.http.patch(shop.path, json={"encoder": encoder})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def rebuild(shop, **body):
    answer = shop.http.post(f"{shop.path}/rebuild", json=body)
    assert answer.status_code == 202, answer.text
    return shop.ended(answer.json()["id"])


def definition(stack, shop):
    """The collection as it is in the store."""
    return Collections(Files(stack.settings.store)).get(shop.name)


@pytest.fixture
def vectors(stack):
    """Milvus, past the shop."""
    with_milvus = MilvusVectors(stack.settings.milvus)
    yield with_milvus
    with_milvus.close()


def test_a_collection_changes_its_encoder_while_it_is_searched(stack, shop, vectors):
    shop.ingest_numbers(range(PICTURES))
    queries = [3, 77, 250, PICTURES + 1]
    before = lists(shop, queries)
    with Searching(shop, queries) as searching:
        job = shop.ended(change(shop), within=280)
        after = lists(shop, queries)
    assert job["state"] == "succeeded", job
    assert {status for _, status, _ in searching.answers} == {200}
    seen = [(n, told(body)) for n, _, body in searching.answers]
    assert all(found in (before[n], after[n]) for n, found in seen)
    assert seen[0][1] == before[queries[0]]
    assert all(before[n] != after[n] for n in queries)
    assert job["progress"]["done"] == PICTURES
    assert 0 < job["result"]["overlap_at_10"] < 1
    assert shop.http.get(shop.path).json()["encoder"] == OTHER

    vectors.drop(definition(stack, shop).space)
    assert lists(shop, queries) == {n: [] for n in queries}
    assert rebuild(shop)["state"] == "succeeded"
    for n, anew in lists(shop, queries).items():
        assert [sku for sku, _ in anew] == [sku for sku, _ in after[n]]
        # other pictures were embedded beside each: the last digit may differ
        assert [score for _, score in anew] == pytest.approx(
            [score for _, score in after[n]], abs=1e-5
        )


def test_what_happens_to_items_during_a_change_has_happened_after_it(stack, shop, vectors):
    shop.ingest_numbers(range(120))
    job = change(shop)
    shop.job_when(job, lambda job: job["state"] == "running")
    assert shop.ingest_numbers(range(200, 210))["progress"]["done"] == 10
    assert shop.http.delete(f"{shop.path}/items/5").status_code == 204
    patch = shop.http.patch(f"{shop.path}/items/7", json={"attributes": {"kind": "hat"}})
    assert patch.status_code == 200
    put = shop.http.put(f"{shop.path}/items/9", files={"files": ("x.jpg", jpeg(999))})
    shop.ended(put.json()["id"])
    assert shop.ended(job)["state"] == "succeeded"
    skus = set(map(str, [*range(120), *range(200, 210)])) - {"5"}
    assert {sku for sku, _ in vectors.keys(definition(stack, shop).space)} == skus
    assert shop.found(jpeg(205))[0]["sku"] == "205"
    assert [m["sku"] for m in shop.found(jpeg(1), filter={"kind": "hat"})] == ["7"]
    assert (shop.found(jpeg(999))[0]["sku"], shop.found(jpeg(999))[0]["score"]) == ("9", 1.0)


def test_a_cancelled_change_leaves_the_encoder_and_the_next_change_goes_through(shop):
    shop.ingest_numbers(range(120))
    first = change(shop)
    refused = shop.http.patch(shop.path, json={"encoder": OTHER})
    assert refused.status_code == 409
    assert first in refused.json()["detail"]
    assert shop.http.post(f"{shop.path}/rebuild").status_code == 409
    shop.http.post(f"/v1/jobs/{first}/cancel")
    assert shop.ended(first)["state"] == "cancelled"
    assert shop.http.get(shop.path).json()["encoder"] == "efficientnet-lite0"
    assert shop.found(jpeg(3))[0]["score"] == 1.0
    assert shop.ended(change(shop))["state"] == "succeeded"
    assert shop.http.get(shop.path).json()["encoder"] == OTHER


def test_a_repair_touches_only_what_is_missing_or_should_not_be_there(stack, shop, vectors):
    shop.ingest_numbers(range(40))
    whole = lists(shop, [1, 2, 3])
    space = definition(stack, shop).space
    vectors.delete(space, ["1", "2"])
    dim = len(vectors.vectors_of(space, "3")["main"])
    vectors.upsert(space, [VectorRow("ghost", "main", np.ones(dim, dtype=np.float32))])
    job = rebuild(shop, repair=True)
    assert (job["state"], job["progress"]["done"]) == ("succeeded", 2)
    assert job["result"]["dropped"] == 1
    assert {sku for sku, _ in vectors.keys(space)} == set(map(str, range(40)))
    assert lists(shop, [1, 2, 3]) == whole


def test_an_image_whose_vector_was_lost_is_found_again_after_a_repair(stack, shop, vectors):
    shop.ingest([("1.jpg", jpeg(1)), ("2.jpg", jpeg(2))])
    vectors.delete(definition(stack, shop).space, ["1"])
    assert shop.ingest([("1.jpg", jpeg(1))])["progress"]["skipped"] == 1
    assert "1" not in [m["sku"] for m in shop.found(jpeg(1))]
    rebuild(shop, repair=True)
    assert shop.found(jpeg(1))[0]["sku"] == "1"


def test_a_store_picture_that_cannot_be_embedded_keeps_the_old_encoder(stack, shop):
    shop.ingest_numbers(range(20))
    files = Files(stack.settings.store)
    folder = f"collections/{shop.name}/items"
    damaged = next(
        f"{folder}/{shard}/{name}"
        for shard in files.names(folder)
        for name in files.names(f"{folder}/{shard}")
        if name.endswith(".img")
    )
    whole = files.read(damaged)
    files.write(damaged, b"no picture")
    job = shop.ended(change(shop))
    files.write(damaged, whole)  # the page of the tests after us shows it
    assert job["state"] == "failed"
    assert "1 pictures of the store cannot be embedded" in job["problem"]["detail"]
    assert [f["code"] for f in shop.failures(job).values()] == ["unreadable-image"]
    body = shop.http.get(shop.path).json()
    assert (body["encoder"], body["changing_to"]) == ("efficientnet-lite0", None)
    assert len(shop.found(jpeg(3), limit=20)) == 20


def test_the_same_encoder_is_no_change(shop):
    answer = shop.http.patch(shop.path, json={"encoder": "efficientnet-lite0"})
    assert (answer.status_code, answer.json()["encoder"]) == (200, "efficientnet-lite0")


@pytest.mark.parametrize("change_it", [False, True])
def test_an_encoder_without_weights_is_refused_at_once_and_the_cure_is_told(
    stack, stack_http, shop, change_it
):
    if change_it:
        answer = shop.http.patch(shop.path, json={"encoder": "resnet50"})
    else:
        answer = stack_http.post("/v1/collections", json={"name": "other", "encoder": "resnet50"})
    assert (answer.status_code, answer.json()["code"]) == (503, "not-installed")
    assert "Retry-After" not in answer.headers
    detail = answer.json()["detail"]
    file = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
    assert "the weights of resnet50 are not on this machine" in detail
    assert str(stack.settings.weights / file) in detail
    assert "run `lookalike weights fetch resnet50`" in detail
    assert f"https://storage.googleapis.com/tensorflow/keras-applications/resnet/{file}" in detail
    assert "4d473c1dd8becc155b73f8504c6f6626" in detail
    shop.ingest_numbers([1])
    assert shop.found(jpeg(1))[0]["sku"] == "1"


def test_the_catalogue_says_which_weights_are_there_and_how_fast_they_run(shop, stack_http):
    shop.ingest([("some.zip", numbered(range(10)))])
    rows = {row["name"]: row for row in stack_http.get("/v1/encoders").json()["items"]}
    assert rows["efficientnet-lite0"]["weights"] == rows[OTHER]["weights"] == "present"
    assert rows["vgg16"]["weights"] == "missing"
    assert "lookalike weights fetch vgg16" in rows["vgg16"]["detail"]
    assert len(rows) == 32
