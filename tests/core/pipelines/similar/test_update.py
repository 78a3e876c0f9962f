"""Updates of similar lists, on a real Redis and store; the lists are compared with searches."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.cache import SimilarReader
from core.domain import EncoderIdentity, ImageProblem
from core.duplicates import Duplicates
from core.errors import Unavailable
from core.jobs import JobKind, JobQueue, NewJob, Outcome
from core.pipelines.services import StepCancelled, StepPostponed, no_heartbeat
from core.pipelines.similar.requests import request_update, resume_updates, start_update
from core.pipelines.similar.update import complete_update, update_similar
from core.score_scale import ScoreScale
from core.storage import Item, ItemImage
from core.vectors import VectorRow
from tests.support.cached_lists import read_from, url_of
from tests.support.items import items_with

pytestmark = pytest.mark.stack

DIM = 8
VIEWS = ("front", "main")


class Shop:
    """A collection with random vectors, and lists as the API reads them."""

    def __init__(self, services):
        self.services = services
        self.collection = services.collections.create("shop", encoder=EncoderIdentity("a", DIM))
        self.index = self.collection.index_name
        services.vectors.create(self.index, DIM)
        self.random = np.random.default_rng(1)

    def put(self, *skus, **attributes):
        """Write items with new vectors, as an ingest does."""
        now = datetime.now(UTC)
        items = [Item(sku=s, attributes=attributes, created_at=now, updated_at=now) for s in skus]
        vectors = self.random_vectors(len(skus) * len(VIEWS)).reshape(len(skus), len(VIEWS), DIM)
        self.services.vectors.upsert(self.index, [
            VectorRow(sku, view, vector)
            for sku, views in zip(skus, vectors, strict=True)
            for view, vector in zip(VIEWS, views, strict=True)
        ])  # fmt: skip
        self.services.items(self.collection).put_all(items)
        self.services.item_cache.put_cards("shop", items)

    def random_vectors(self, count):
        """Unit vectors whose products are exact, so that every way to compute scores agrees."""
        signs = self.random.choice([-0.5, 0.5], (count, 4)), np.zeros((count, DIM - 4))
        return self.random.permuted(np.hstack(signs), axis=1).astype(np.float32)

    def update(self, heartbeat=no_heartbeat):
        job = self.services.ledger.create(NewJob(kind=JobKind.UPDATE_SIMILAR, collection="shop"))
        return update_similar(job, self.services, heartbeat).result

    def read(self, sku, limit=50):
        """The list that the API serves: SKU, view and score of each match; None without a list."""
        url = url_of(self.services.similar._redis)
        items = read_from(url, lambda reads: SimilarReader(reads).read("shop", sku, limit))
        return None if items is None else [match[:3] for match in items.matches]

    def search(self, sku, limit=50):
        """What a search by each view of the item finds."""
        vectors = self.services.vectors
        matches = [
            match
            for vector in vectors.item_vectors(self.index, sku).values()
            for match in vectors.nearest(self.index, vector, limit=1_000)
        ]
        best = {}
        for match in sorted(matches, key=lambda match: (-match.score, match.sku, match.view)):
            best.setdefault(match.sku, match)
        best.pop(sku)
        return [(match.sku, match.view, match.score) for match in best.values()][:limit]

    def skus(self):
        return sorted({sku for sku, _ in self.services.vectors.keys(self.index)})

    def assert_current(self):
        for sku in self.skus():
            assert self.read(sku) == self.search(sku)


@pytest.fixture
def shop(services):
    return Shop(services)


def numbers(first, last):
    return [f"s{n}" for n in range(first, last)]


def test_lists_equal_searches_after_imports_and_deletions(shop):
    shop.put(*numbers(0, 90))
    assert shop.update() == {"items": 90, "changed": 90}
    shop.assert_current()
    shop.put("s3", "new")
    shop.services.vectors.delete(shop.index, ["s5"])
    assert shop.update()["items"] == 90
    shop.assert_current()
    assert shop.read("s5") is None
    assert shop.update() == {"items": 90, "changed": 0}


def test_a_hidden_item_leaves_all_lists_at_once(shop):
    shop.put(*numbers(0, 6))
    shop.update()
    shop.services.item_cache.remove("shop", ["s1"])
    assert shop.read("s1") is None
    assert [sku for sku, _, _ in shop.read("s0", 3)] == [
        sku for sku, _, _ in shop.search("s0") if sku != "s1"
    ][:3]


def test_a_lost_cache_serves_nothing_until_it_is_complete(shop):
    shop.put(*numbers(0, 6))
    shop.update()
    assert resume_updates(shop.services) == []
    shop.services.similar._redis.flushall()
    shop.services.item_cache.put_cards("shop", items_with({"s0": {}}))  # a change comes in
    assert shop.read("s0") is None
    assert resume_updates(shop.services) == ["shop"]
    assert resume_updates(shop.services) == []  # requested already
    assert shop.update() == {"items": 6, "changed": 0}
    shop.assert_current()


def test_lists_that_were_dropped_are_written_again_even_if_no_vector_changed(shop):
    shop.put(*numbers(0, 6))
    shop.update()
    shop.services.similar.drop_lists("shop", ["s2"])
    assert shop.read("s2") is None
    assert shop.update()["changed"] == 0
    shop.assert_current()


def test_another_encoder_replaces_all_lists(shop):
    shop.put(*numbers(0, 6))
    shop.update()
    before = shop.read("s0")
    services = shop.services
    services.collections.stage_index("shop", EncoderIdentity("b", DIM), "job")
    shop.collection = services.collections.promote_index("shop", "job")
    shop.index = shop.collection.index_name
    services.vectors.create(shop.index, DIM)
    shop.put(*numbers(0, 6))
    assert shop.read("s0") == before  # until the update
    assert shop.update()["changed"] == 6
    shop.assert_current()


def test_lists_stay_if_milvus_has_lost_the_vectors(shop):
    shop.put(*numbers(0, 6))
    shop.update()
    before = shop.read("s0")
    shop.services.vectors.drop(shop.index)
    shop.services.similar._redis.flushall()
    assert shop.update() == {"items": 6, "changed": 0}
    assert shop.read("s0") == before


def test_damaged_lists_in_the_store_are_computed_again(shop, caplog):
    shop.put(*numbers(0, 6))
    shop.update()
    (name,) = (n for n in files_of(shop) if n.endswith(".npz"))
    shop.services.files.write(f"{shop.collection.folder}/similar/{name}", b"x" * 50)
    assert shop.update()["changed"] == 6
    assert "damaged" in caplog.text
    shop.services.files.write(f"{shop.collection.folder}/similar/current.json", b"{")
    assert shop.update()["changed"] == 6
    shop.assert_current()
    assert len(files_of(shop)) == 2  # no older versions remain


def files_of(shop):
    return shop.services.files.list_names(f"{shop.collection.folder}/similar")


def dies_after(beats):
    """A heartbeat that ends the update at a later call."""
    left = iter(range(beats))

    def heartbeat():
        if next(left, None) is None:
            raise StepCancelled

    return heartbeat


def test_an_update_that_dies_anywhere_leaves_whole_lists_and_the_next_one_completes_them(shop):
    shop.put(*numbers(0, 80))
    shop.update()
    old = {sku: shop.read(sku) for sku in shop.skus()}
    shop.put(*numbers(3, 9), "new")
    new = {sku: shop.search(sku) for sku in shop.skus()}
    for beats in range(1, 30):
        try:
            shop.update(dies_after(beats))
        except StepCancelled:
            assert all(shop.read(sku) in (old.get(sku), new[sku]) for sku in new)
        else:
            break
    assert beats > 3
    shop.assert_current()


def test_a_cache_that_is_lost_during_an_update_is_noticed(shop):
    shop.put(*numbers(0, 6))
    shop.update()
    shop.put("new")
    redis, beats = shop.services.similar._redis, []

    def lose():
        beats.append(1)
        if len(beats) == 4:  # the last one, right before the lists are declared complete
            redis.delete(*redis.keys("lookalike:similar:*"), *redis.keys("lookalike:items:*"))

    with pytest.raises(Unavailable, match="lost"):
        shop.update(lose)
    assert shop.read("s0") is None
    shop.update()
    shop.assert_current()


def test_a_put_off_update_starts_once_it_is_requested_again(shop):
    services = shop.services
    start_update("shop", services)
    assert services.ledger.open_jobs_of("shop", JobKind.UPDATE_SIMILAR) == []
    request_update("shop", services, at_once=False)
    request_update("shop", services, at_once=False)
    (job,) = services.ledger.open_jobs_of("shop", JobKind.UPDATE_SIMILAR)
    assert services.ledger.claim(job.id) is None
    start_update("shop", services)
    assert services.ledger.claim(job.id)


@pytest.fixture
def update(shop):
    """An update that has work to do."""
    shop.put(*numbers(0, 6))
    return shop.services.ledger.create(NewJob(kind=JobKind.UPDATE_SIMILAR, collection="shop"))


@pytest.fixture
def upload(services):
    """An import into another collection, which no worker has begun."""
    return services.ledger.create(NewJob(kind=JobKind.INGEST, collection="other"))


def test_while_images_are_imported_lists_are_updated_but_duplicates_wait(shop, update, upload):
    services = shop.services
    assert update_similar(update, services, no_heartbeat).chunks == 1
    shop.assert_current()
    with pytest.raises(StepPostponed, match="imported"):
        complete_update(update, 1, services, no_heartbeat)
    assert services.duplicates(shop.collection).current() is None
    services.ledger.cancel(upload.id)
    complete_update(update, 1, services, no_heartbeat)
    assert services.duplicates(shop.collection).current() is not None


def test_an_update_that_waits_for_another_collections_import_goes_on_when_it_ends(shop, update):
    ledger, sent = shop.services.ledger, []
    claim = ledger.claim(update.id)
    ledger.commit(claim, Outcome(chunks=1))
    services = replace(shop.services, job_queue=JobQueue(ledger, sent.append))
    start_update("other", services)
    assert [message.job_id for message in sent] == [update.id]


@pytest.mark.usefixtures("upload")
def test_overdue_duplicates_wait_for_imports_for_a_minute_at_most(shop, update):
    now, store = datetime.now(UTC), shop.services.duplicates(shop.collection)
    late = update.model_copy(update={"started_at": now - timedelta(seconds=61)})
    store.write(Duplicates(found_at=now), b"")
    assert update_similar(late, shop.services, no_heartbeat).chunks == 1
    store.write(Duplicates(found_at=now - timedelta(minutes=15)), b"")
    assert update_similar(late, shop.services, no_heartbeat).chunks == 0


@pytest.mark.usefixtures("upload")
def test_a_scale_of_other_vectors_waits_for_imports_for_a_minute_at_most(shop, update):
    now, services = datetime.now(UTC), shop.services
    late = update.model_copy(update={"started_at": now - timedelta(seconds=61)})
    services.duplicates(shop.collection).write(Duplicates(found_at=now), b"")
    scale = ScoreScale(index="earlier", images=9, scores=(0,), rarities=(1,), sames=(0,))
    services.score_scale(shop.collection).write(scale)
    assert update_similar(late, services, no_heartbeat).chunks == 0


def test_of_several_updates_the_last_one_looks_for_duplicates(shop, update):
    services, store = shop.services, shop.services.duplicates(shop.collection)
    before = Duplicates(found_at=datetime.now(UTC))
    store.write(before, b"")
    last = services.ledger.create(NewJob(kind=JobKind.UPDATE_SIMILAR, collection="shop"))
    assert update_similar(update, services, no_heartbeat).chunks == 0
    shop.assert_current()
    assert complete_update(update, 1, services, no_heartbeat) == Outcome()
    assert store.current() == before
    update_similar(last, services, no_heartbeat)
    assert store.current() != before


def test_duplicates_do_not_wait_for_an_import_that_has_no_images_left(shop, update, upload):
    ledger = shop.services.ledger
    ledger.commit(ledger.claim(upload.id), Outcome(done=3, total=3))
    assert not ledger.get(upload.id).state.final
    assert update_similar(update, shop.services, no_heartbeat).chunks == 0


def test_placeholders_are_not_the_same_product_as_anything(shop):
    services = shop.services
    shop.put("a", "b", "placeholder")
    images = tuple(
        ItemImage(view=view, file=view, sha256=view, format="png", width=9, height=9, bytes=9,
                  problems=(ImageProblem.PLACEHOLDER,))
        for view in VIEWS
    )  # fmt: skip
    [item] = services.items(shop.collection).find(["placeholder"]).values()
    services.items(shop.collection).put_all([item.model_copy(update={"images": images})])
    scale = ScoreScale(index=shop.index, images=6, scores=(0,), rarities=(1,), sames=(0.95,))
    services.score_scale(shop.collection).write(scale)
    shop.update()
    groups = services.duplicates(shop.collection).current().groups
    assert [group.skus for group in groups] == [{"a", "b"}]
