"""Changes of items reach the vector index, whatever happens in between."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from core.errors import InvalidInput, Unavailable
from core.filters.parse import parse_filter
from core.jobs import JobKind, NewJob
from core.pipelines import item_index_sync
from core.pipelines.item_index_sync import resume_syncs, sync_items
from core.pipelines.services import no_heartbeat
from core.storage import Item
from core.vectors import VectorRow
from tests.support.items import delete_item

pytestmark = pytest.mark.stack
SKUS = [str(number) for number in range(40)]


@pytest.fixture
def index(services, shop):
    """The name of an index with a vector of each item, without attributes."""
    name = shop.collection.index_name
    services.vectors.create(name, 2)
    vector = np.array([1, 0], dtype=np.float32)
    services.vectors.upsert(name, [VectorRow(sku, "main", vector) for sku in SKUS])
    return name


def change(services, shop, sku, **attributes):
    """Record a change, then write the item's document, as a PATCH does; return the job's id."""
    changes = services.job_queue.record_changes("shop", [sku])
    now = datetime.now(UTC)
    item = Item(sku=sku, attributes=attributes, created_at=now, updated_at=now)
    services.items(shop.collection).put_all([item])
    return changes.job


def sync(services, job_id, heartbeat=no_heartbeat):
    return sync_items(services.ledger.get(job_id), services, heartbeat)


def priced(services, index, price):
    """The SKUs that a search finds by this price."""
    query = np.array([1, 0], dtype=np.float32)
    cheap = parse_filter(json.dumps({"price": price}))
    return {match.sku for match in services.vectors.nearest(index, query, limit=40, filter=cheap)}


def test_many_changes_are_synced_by_one_job(services, shop, index):
    jobs = {change(services, shop, sku, price=int(sku)) for sku in SKUS}
    outcome = sync(services, *jobs)
    assert (outcome.done, outcome.failures) == (len(SKUS), ())
    assert all(priced(services, index, int(sku)) == {sku} for sku in SKUS)
    assert services.ledger.changed_collections() == []


def test_attributes_request_no_training_and_a_deletion_does(services, shop, index):
    services.ledger.cancel(services.ledger.open_jobs_of("shop", JobKind.TRAIN)[0].id)
    sync(services, change(services, shop, "1", price=1))
    assert services.ledger.open_jobs_of("shop", JobKind.TRAIN) == []
    job = services.job_queue.record_changes("shop", ["2"]).job
    delete_item(services.items(shop.collection), "2")
    sync(services, job)
    assert len(services.ledger.open_jobs_of("shop", JobKind.TRAIN)) == 1
    assert ("2", "main") not in set(services.vectors.keys(index))


def test_a_change_during_a_sync_is_synced_too(services, shop, index, monkeypatch):
    monkeypatch.setattr(item_index_sync, "BATCH", 1)
    job = change(services, shop, "1", price=1)
    claim, late = services.ledger.claim(job), []

    def change_again():
        if not late:
            late.append(change(services, shop, "1", price=2))

    set_attributes = services.vectors.set_attributes
    monkeypatch.setattr(
        services.vectors,
        "set_attributes",
        lambda *args: (set_attributes(*args), change_again()),
    )
    sync(services, claim.job_id)
    assert late[0] != job
    assert priced(services, index, 2) == {"1"}


def test_changes_of_a_job_that_died_are_resumed_by_another(services, shop, index, monkeypatch):
    job = change(services, shop, "1", price=1)
    assert resume_syncs(services) == []

    def fail(*_):
        raise Unavailable("Milvus is away")

    with monkeypatch.context() as patch:
        patch.setattr(services.vectors, "set_attributes", fail)
        with pytest.raises(Unavailable):
            sync(services, job)
    services.ledger.cancel(job)
    (resumed,) = resume_syncs(services)
    assert resume_syncs(services) == []
    sync(services, resumed)
    assert priced(services, index, 1) == {"1"}


def test_an_item_that_the_index_refuses_holds_up_no_other(services, shop, index, monkeypatch):
    (job,) = {change(services, shop, sku, price=1) for sku in "123"}
    set_attributes = services.vectors.set_attributes

    def refuse_two(name, attributes):
        if "2" in attributes:
            raise InvalidInput("too large")
        set_attributes(name, attributes)

    monkeypatch.setattr(services.vectors, "set_attributes", refuse_two)
    outcome = sync(services, job)
    assert (outcome.done, [failure.sku for failure in outcome.failures]) == (2, ["2"])
    assert priced(services, index, 1) == {"1", "3"}
    assert services.ledger.changed_collections() == []


def test_a_long_sync_lets_other_collections_take_their_turn(services, shop, index, monkeypatch):
    monkeypatch.setattr(item_index_sync, "BATCH", 1)
    (job,) = {change(services, shop, sku, price=1) for sku in SKUS}
    claim = services.ledger.claim(job)
    assert sync(services, claim.job_id).done == item_index_sync.MAX_BATCHES
    following = services.ledger.open_jobs_of("shop", JobKind.SYNC_ITEMS)
    assert {open_job.id for open_job in following} > {job}


def test_a_sync_of_nothing_succeeds(services, shop, index):
    job = services.ledger.create(NewJob(kind=JobKind.SYNC_ITEMS, collection="shop"))
    assert sync(services, job.id).done == 0
